import type {ModelDefinition, TaskConfig} from '../../src/core/task-config.ts';
import {Canaries} from '../../src/execute/guards/canaries.ts';
import type {ConversationTask, PackTask, TaskOutcome} from '../../src/execute/pack-task.ts';
import type {ConversationRun} from '../../src/execute/conversation/conversation-run.ts';
import type {UnitEnd} from '../../src/execute/runner.ts';
import type {TaskSession} from '../../src/execute/task/task-session.ts';

/** A config with an agent for each model; a model's name stands for its definition. */
export function aConfig(models: readonly string[] = ['m'], change: Partial<TaskConfig> = {}): TaskConfig {
  return {
    experiment_metadata: {
      experiment_name: 'e',
      benchmark_subcategory: 'b',
      schema_version: '2025-12-10',
      questions_file: 'q.jsonl',
    },
    conversation_config: {routing_strategy: 'vanilla', max_rounds: 1},
    retry_config: {
      max_retries: 2,
      answer_match_threshold: 0.75,
      retry_on_validation_error: true,
      retry_on_generation_error: true,
    },
    identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true},
    prompt_template_config: {
      for_participant: {choice_display_format: 'letter_dot', json_field_order: 'answer_first'},
    },
    model_definitions: Object.fromEntries(models.map(name => [name, aDefinition(name)])),
    agent_definitions: models.map((model, seat) => ({
      agent_id: `a${seat}`,
      role: 'participant',
      if_as_human: false,
      model,
      temperature: 0.5,
      max_tokens: 100,
    })),
    ...change,
  };
}

export function aDefinition(name: string): ModelDefinition {
  return {backend: 'openai', model_name: name};
}

export function aTask(
  index: number,
  models: readonly string[] = ['m'],
  change: Partial<ConversationTask> = {},
): ConversationTask {
  const config = aConfig(models);
  return {
    kind: 'conversations',
    label: {gridId: 'g', index, experiment: 'e', benchmark: 'b', units: 'questions'},
    gridId: 'g',
    index,
    jobTaskId: `7_${index}`,
    load: () => ({key: `k${index}`, repetition: 1, seed: 1, config}),
    earlier: null,
    gridSnapshotReference: null,
    questionLimit: null,
    expectedQuestions: 4,
    ...change,
  };
}

/** An open task that records nothing: what it answers is set by the test, and what it is asked is noted. */
export class FakeSession {
  readonly task: PackTask;
  canaries = new Canaries(0, 4);
  carriedOver = 0;
  succeeded = 0;
  failed = 0;
  totalQuestions = 4;
  isDrained = false;
  readonly notes: string[] = [];
  outcome: TaskOutcome = {kind: 'done', succeeded: 4, outcomes: {}, failures: []};
  /** Thrown by `finish`. */
  finishError: Error | null = null;
  record: () => Promise<UnitEnd> = () => Promise.resolve({outcome: 'succeeded', isFinal: false, reason: null});
  hasResult = true;

  constructor(task: PackTask) {
    this.task = task;
  }

  finish(): Promise<{outcome: TaskOutcome; summaryPath: string}> {
    this.notes.push('finish');
    return this.finishError
      ? Promise.reject(this.finishError)
      : Promise.resolve({outcome: this.outcome, summaryPath: 'summary.json'});
  }

  stop(reason: string): Promise<TaskOutcome> {
    this.notes.push(`stop: ${reason}`);
    return Promise.resolve({kind: 'stopped', reason, left: 3});
  }

  abandon(): void {
    this.notes.push('abandon');
  }

  isCanary(): boolean {
    return this.canaries.exist;
  }

  producedResult(): boolean {
    return this.hasResult;
  }

  /** Returns it as the room takes it. */
  get real(): TaskSession {
    return this as unknown as TaskSession;
  }
}

export function aRun(questionId = 'q0'): ConversationRun {
  return {id: questionId, questionId} as unknown as ConversationRun;
}
