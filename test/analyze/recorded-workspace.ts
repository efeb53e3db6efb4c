import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';

import {createLayout, type Layout} from '../../src/record/layout.ts';
import type {GridManifest, GridManifestTask} from '../../src/record/grid/grid-manifest.ts';
import type {Question} from '../../src/questions/question.ts';
import {sha256} from '../../src/core/seeds/hash.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

export interface ConversationRecord {
  readonly question: string;
  /** By agent, one per round. */
  readonly answers: Readonly<Record<string, readonly string[]>>;
  readonly status?: 'succeeded' | 'partial' | 'failed';
  readonly attempt?: number;
  /** Default: `{task}-{question}`. */
  readonly transcriptId?: string;
  /** Merged into the transcript. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The transcript's text instead of what it should be; null: no file. */
  readonly text?: string | null;
}

export interface TaskRecordOptions {
  readonly name?: string;
  readonly routing?: string;
  readonly reveal?: boolean;
  readonly persona?: string | null;
  readonly conversations: readonly ConversationRecord[];
  /** False: the snapshot is not there. */
  readonly snapshot?: boolean;
  readonly questionsFile?: string;
}

/** The fields that every grid manifest has. */
const MANIFEST = {
  grid_config_snapshot_path: '$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/g.yaml',
  pid: 1,
  submission_timestamp: '2026-01-01T00:00:00.000000Z',
  num_tasks_planned: 0,
  num_tasks_succeeded: 0,
  tasks: [],
  created_at: '2026-01-01T00:00:00.000000Z',
};

/** A workspace as a run would have left it, written by hand. */
export class RecordedWorkspace {
  readonly folder = temporaryFolder('mac-results-');
  readonly layout: Layout = createLayout({workspace: this.folder});
  #tasks = 0;
  #questionsSha = '';

  constructor(questions: readonly Question[]) {
    this.writeQuestions(questions);
  }

  writeQuestions(questions: readonly Question[], file = 'q.jsonl'): void {
    const text = questions.map(question => `${JSON.stringify(question)}\n`).join('');
    this.#questionsSha ||= sha256(text);
    this.write(file, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), {recursive: true});
    writeFileSync(join(this.folder, path), text);
  }

  /** The manifest of the grid that all tasks belong to, as it is archived. */
  addGrid(fields: Partial<GridManifest> | {readonly tasks: readonly Partial<GridManifestTask>[]}): void {
    const manifest = {
      ...MANIFEST,
      grid_id: '20260101T000000.000Z_1',
      ...fields,
    };
    const archived = {schema: 'mac.grid-archive/1', completed_at: '2026-01-01T00:00:00.000Z', config: '', manifest};
    this.write(`${relative(this.folder, this.layout.gridArchive)}/g.json`, JSON.stringify(archived));
  }

  /** The manifest of a grid that is not finished. */
  addActiveGrid(manifest: Partial<GridManifest> | {readonly tasks: readonly Partial<GridManifestTask>[]}): void {
    const {grid_id: id = ''} = manifest as Partial<GridManifest>;
    this.write(relative(this.folder, this.layout.gridManifest(id)), JSON.stringify({...MANIFEST, ...manifest}));
  }

  /** @returns the task's id. */
  addTask(options: TaskRecordOptions): string {
    const number = this.#tasks++;
    const {name = 'e', routing = 'vanilla', reveal = true, persona = 'doctor', conversations} = options;
    const id = `${name}_20260101T00000${number}.000Z`;
    const snapshot = `bookkeeping/config_snapshot/b/${id}.yaml`;
    const agents = Object.keys(conversations[0]?.answers ?? {});
    const rounds = Object.values(conversations[0]?.answers ?? {})[0]?.length ?? 1;
    if (options.snapshot !== false) {
      this.write(
        snapshot,
        JSON.stringify({
          experiment_metadata: {
            experiment_name: name,
            benchmark_subcategory: 'b',
            schema_version: '2025-12-10',
            questions_file: options.questionsFile ?? 'q.jsonl',
            _grid_config_snapshot_path: '$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/g.yaml',
          },
          conversation_config: {routing_strategy: routing, max_rounds: rounds},
          identity_reveal_config: {reveal_persona: reveal, reveal_demographics: reveal, reveal_presence_mode: reveal},
          model_definitions: {m: {backend: 'simulated'}},
          agent_definitions: agents.map((agent_id, seat) => ({
            agent_id,
            role: 'participant',
            model: 'm',
            persona: seat === 0 ? persona : 'nurse',
          })),
        }),
      );
    }
    const lines = conversations.map(conversation => {
      const transcriptId = conversation.transcriptId ?? `${id}-${conversation.question}`;
      const transcript = `experiment/b/${name}/transcript/${transcriptId}.json`;
      const text =
        conversation.text === undefined
          ? this.#transcript(conversation, {...options, transcriptId, agents})
          : conversation.text;
      if (text !== null) this.write(transcript, text);
      return JSON.stringify({
        question_id: conversation.question,
        job_task_id: `1_${number}`,
        config_snapshot_path: `$MAC_FAIRNESS_WORKSPACE/${snapshot}`,
        transcript_path: `$MAC_FAIRNESS_WORKSPACE/${transcript}`,
        status: conversation.status ?? 'succeeded',
        total_rounds_completed: rounds,
        fatal_error: null,
        attempt: conversation.attempt ?? 1,
      });
    });
    this.write(`bookkeeping/${id}_index.jsonl`, lines.map(line => `${line}\n`).join(''));
    return id;
  }

  #transcript(
    {question, answers, status = 'succeeded', fields = {}}: ConversationRecord,
    {
      transcriptId,
      agents,
      routing,
      reveal = true,
      name = 'e',
    }: TaskRecordOptions & {transcriptId: string; agents: string[]},
  ): string {
    const rounds = Object.values(answers)[0]?.length ?? 0;
    return JSON.stringify({
      transcript_id: transcriptId,
      protocol_version: '2025-12-10',
      experiment_metadata: {experiment_name: name, question_id: question},
      conversation_rounds: Array.from({length: rounds}, (_, round) => ({
        round_id: round,
        messages: agents.map((agent, seat) => ({
          agent_id: agent,
          agent_role: 'participant',
          round_id: round,
          agent_identity_display: reveal ? `a person in seat ${seat}` : null,
          structured_response: {response_type: 'participant', rationale: '', opinion: answers[agent]![round]},
          visible_to: routing === 'peers_hidden' ? [agent] : agents,
          message_metadata: {retry_count: 0, prompt_tokens: 10, response_tokens: 5},
        })),
      })),
      conversation_summary: {status, total_rounds: rounds, final_answers: {}},
      provenance: {task_key: transcriptId, attempt: 1, questions_sha256: this.#questionsSha, choices: []},
      ...fields,
    });
  }
}
