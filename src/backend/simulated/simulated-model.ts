import type {SimulatedConfig} from './simulated-schema.ts';
import {seededRandom, type Random} from '../../core/seeds/random.ts';
import {chooseAnswer} from './simulated-opinion.ts';
import {countAnswers, readPrompt, type PromptFacts, type SimulatedCall} from './simulated-prompt.ts';

export type SimulatedReply =
  | {
      readonly kind: 'reply';
      readonly text: string;
      /** Cut at the call's `maxTokens`. */
      readonly truncated: boolean;
      readonly promptTokens: number;
      readonly responseTokens: number;
      readonly latencyMs: number;
    }
  | {readonly kind: 'error'; readonly latencyMs: number};

const SIGMA = 0.5;
/** A common rule of thumb for English text and byte-pair encodings. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * A reply that depends on the call and the seeds alone: the same call is answered alike on every machine, at any time,
 * in any order.
 */
export function simulateReply(config: SimulatedConfig, call: SimulatedCall): SimulatedReply {
  const {seed, agentId, turn, system, user, maxTokens} = call;
  const random = seededRandom(`${config.seed ?? 0}/${seed}/${agentId}/${turn}/${system}/${user}`);
  const latencyMs = drawLatency(config, random);
  if (random() < (config.failure_rate ?? 0)) return {kind: 'error', latencyMs};
  const wellFormed = JSON.stringify(fillFields(config, call, random));
  const isMalformed = random() < (config.malformed_rate ?? 0) && !call.isShapeEnforced;
  const text = isMalformed ? corruptReply(wellFormed, random) : wellFormed;
  const limit = maxTokens * CHARACTERS_PER_TOKEN;
  const said = text.slice(0, limit);
  return {
    kind: 'reply',
    text: said,
    truncated: text.length > limit,
    promptTokens: countTokens(system) + countTokens(user),
    responseTokens: countTokens(said),
    latencyMs,
  };
}

/** Tokens of a text, about. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/**
 * Agent and turn of a request id `{job_task_id}/{transcript_id}/{agent}/{round}/{attempt}.{call}`; nothing of ids in
 * other forms, which may be random.
 */
export function parseRequestId(requestId: string): {agentId: string; turn: string} {
  const parts = requestId.split('/');
  if (parts.length < 5) return {agentId: '', turn: ''};
  return {agentId: parts.slice(2, -2).join('/'), turn: parts.slice(-2).join('/')};
}

/** Lognormal: exp(ln(median) + sigma·z), z by the Box–Muller transform. */
function drawLatency(config: SimulatedConfig, random: Random): number {
  const {latency_median_ms: median = 0, latency_sigma: sigma = SIGMA} = config;
  const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * z);
}

/** The JSON object that the prompt asks for. */
function fillFields(config: SimulatedConfig, call: SimulatedCall, random: Random): Record<string, unknown> {
  const facts = readPrompt(call.system, call.user);
  const answer = chooseAnswer(config, call, facts, random);
  return Object.fromEntries(
    facts.fields.map(({name, description}) => [name, fieldValue(name, description, {facts, answer, random})]),
  );
}

interface FieldContext {
  readonly facts: PromptFacts;
  readonly answer: string | undefined;
  readonly random: Random;
}

function fieldValue(name: string, description: string, {facts, answer, random}: FieldContext): unknown {
  const held = countAnswers(facts.positions);
  const reason = REASONS[Math.floor(random() * REASONS.length)] ?? '';
  switch (name) {
    case 'answer':
    case 'verdict':
      return answer ?? `Simulated opinion: ${reason}`;
    case 'consensus_level':
      return held[0] ? Math.round((held[0][1] / facts.positions.length) * 100) / 100 : 0;
    case 'summary':
      return held.length === 0
        ? 'Simulated: nobody has answered yet.'
        : `Simulated: ${held.map(([position, count]) => `${count} of ${facts.positions.length} answered "${position}"`).join(', ')}.`;
    case 'target_position':
      return held[0]?.[0] ?? 'The answer that comes to mind first.';
    case 'challenge':
      return `Simulated: what was said for it would speak for another answer as well. ${reason}`;
    default:
      return description.startsWith('a number') ? Math.round(random() * 100) / 100 : `Simulated: ${reason}`;
  }
}

const REASONS = [
  'The text leaves little room for another reading.',
  'Nothing that was said speaks against it.',
  'I weighed what the others said and what the question asks.',
  'On balance this fits the description best.',
  'The wording of the question settles it.',
  'I see no reason to assume anything about the people involved.',
  'It follows from what is known, and not from who they are.',
];

/** The field that a reply is judged by. */
const ANSWER = /"(answer|verdict)":"(.*?)"/;

/** The ways in which models miss a format, from harmless to hopeless. */
const CORRUPTIONS: readonly ((text: string, random: Random) => string)[] = [
  text => `Sure, here is my answer:\n\`\`\`json\n${text}\n\`\`\`\nLet me know if you need more.`,
  text => text.replace(/\}$/, ',}'),
  text => text.replace(/\}$/, ''),
  text => text.replace(/"(\w+)":/g, "'$1':"),
  (text, random) => text.replace(ANSWER, (_, key: string, answer: string) => `"${key}":"${misspell(answer, random)}"`),
  text => text.replace(ANSWER, '"$1":"none of these, really"'),
  text => text.replace(ANSWER, '"$1":""'),
  text => text.slice(0, Math.floor(text.length / 2)),
  // No refusal, which would be an answer of its own kind and end the conversation.
  () => 'Let me think about this for a moment.',
];

/** Spoils a well-formed reply as models do; some of the results can be repaired, some need another attempt. */
function corruptReply(text: string, random: Random): string {
  const slip = CORRUPTIONS[Math.floor(random() * CORRUPTIONS.length)];
  const spoilt = slip?.(text, random) ?? text;
  // Some roles have no such field to spoil; half a reply is malformed for all.
  return spoilt === text ? text.slice(0, Math.floor(text.length / 2)) : spoilt;
}

/** Swaps two neighbouring characters. */
function misspell(text: string, random: Random): string {
  const at = 1 + Math.floor(random() * Math.max(1, text.length - 2));
  return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2);
}
