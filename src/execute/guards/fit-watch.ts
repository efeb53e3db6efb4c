import type {ChatReply} from '../../backend/backend.ts';
import type {Turn} from '../../conversation/turn.ts';
import type {ModelDefinition, TaskConfig} from '../../core/task-config.ts';
import {backendFor} from '../../backend/backends.ts';
import {estimateFit, requiredTokens, type Fit} from '../../plan/fit.ts';
import {estimateTokens, questionTokens} from '../../questions/question-tokens.ts';
import type {Question} from '../../questions/question.ts';
import {describeModel} from '../requests/served-model.ts';

/** The parts of a task that decide how long its last requests are. */
export interface FittedTask {
  readonly config: TaskConfig;
  readonly planned: readonly Question[];
  /** Keys of the served models by the names that the config gives them. */
  readonly modelKeys: ReadonlyMap<string, string>;
}

/** Number of answers of a model that are measured before its requests are estimated. */
const MEASURED_ANSWERS = 4;

/** No prose has more: the server counted only a part of the prompt, such as the part that was not in its cache. */
const MAX_CHARACTERS_PER_TOKEN = 8;

interface Measured {
  answers: number;
  characters: number;
  estimated: number;
  tokens: number;
  longestReply: number;
  hasWarned: boolean;
  /** Tasks whose requests were estimated. */
  readonly seen: WeakSet<FittedTask>;
}

/** Measures the first prompts and replies of each model and warns once if the last round will likely not fit. */
export class FitWatch {
  readonly #onWarning: (message: string) => void;
  readonly #models = new Map<string, Measured>();

  constructor(onWarning: (message: string) => void) {
    this.#onWarning = onWarning;
  }

  onReply(task: FittedTask, {model, system, user}: Turn, reply: ChatReply): void {
    const definition = task.config.model_definitions[model];
    const key = task.modelKeys.get(model);
    if (!definition || key === undefined || !backendFor(definition).context?.(definition)) return;
    const measured = this.#ensureMeasured(key);
    if (measured.hasWarned || measured.seen.has(task)) return;
    const characters = system.length + user.length;
    if (measured.answers < MEASURED_ANSWERS && characters <= MAX_CHARACTERS_PER_TOKEN * reply.promptTokens) {
      measured.answers++;
      measured.characters += characters;
      measured.estimated += estimateTokens(system) + estimateTokens(user);
      measured.tokens += reply.promptTokens;
      measured.longestReply = Math.max(measured.longestReply, reply.responseTokens - (reply.reasoningTokens ?? 0));
    }
    if (measured.answers < MEASURED_ANSWERS) return;
    measured.seen.add(task);
    const longest = longestFit(task, key, measured);
    if (!longest || requiredTokens(longest) <= longest.context) return;
    measured.hasWarned = true;
    this.#onWarning(describe(longest, definition, measured));
  }

  #ensureMeasured(key: string): Measured {
    const known = this.#models.get(key);
    if (known) return known;
    const none: Measured = {
      answers: 0,
      characters: 0,
      estimated: 0,
      tokens: 0,
      longestReply: 0,
      hasWarned: false,
      seen: new WeakSet(),
    };
    this.#models.set(key, none);
    return none;
  }
}

/** Estimates the requests of the agents that a server answers, and returns the longest. */
function longestFit({config, planned, modelKeys}: FittedTask, key: string, measured: Measured): Fit | undefined {
  const question = planned.reduce((most, each) => Math.max(most, questionTokens(each)), 0);
  const scale = measured.tokens / Math.max(1, measured.estimated);
  return estimateFit(config, question, {scale, reply: measured.longestReply})
    .filter(({agent: {model}}) => modelKeys.get(model) === key)
    .sort((a, b) => requiredTokens(b) - requiredTokens(a))[0];
}

function describe(fit: Fit, definition: ModelDefinition, {characters, tokens, answers}: Measured): string {
  const {agent, context, question, discussion, messages} = fit;
  const key = backendFor(definition).context?.(definition)?.path.at(-1) ?? 'context';
  const parts = [
    `${question} of the longest question`,
    ...(messages > 0 ? [`${discussion} of what ${messages} agent${messages === 1 ? '' : 's'} said`] : []),
    `${agent.max_tokens} for the reply`,
  ];
  const measure = `${(characters / tokens).toFixed(1)} characters a token on its first ${answers} answers`;
  return `${describeModel(definition)}: a last request of ${agent.agent_id} will likely not fit into ${key} ${context}: about ${requiredTokens(fit)} tokens (${parts.join(', ')}; ${measure}): raise ${key}, or lower max_tokens`;
}
