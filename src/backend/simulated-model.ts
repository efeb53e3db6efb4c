import {seededRandom, type Random} from '../core/random.ts';
import type {SimulatedConfig} from '../core/task-config.ts';

/** What the simulated model is asked. The same whether it comes through a function call or over HTTP. */
export interface SimulatedCall {
  readonly system: string;
  readonly user: string;
  readonly maxTokens: number;
  /** Everything that may change the reply besides the prompt: the task's seed, the agent, the round, the attempt. */
  readonly seed: string;
  /** Known when the caller knows the question; otherwise the model has no idea what is right. */
  readonly correctText?: string | null;
  /** The option that a stereotype suggests. */
  readonly stereotypedText?: string | null;
}

export type SimulatedReply =
  | {
      readonly kind: 'reply';
      readonly text: string;
      readonly truncated: boolean;
      readonly promptTokens: number;
      readonly responseTokens: number;
      readonly latencyMs: number;
    }
  | {readonly kind: 'error'; readonly latencyMs: number};

const DEFAULTS = {accuracy: 0.7, conformity: 0.3, sigma: 0.5};
const CHARACTERS_PER_TOKEN = 4;

/** A reply that depends on the call and the seeds alone: the same call is answered alike on every machine, at any time, in any order. */
export function simulateReply(config: SimulatedConfig, call: SimulatedCall): SimulatedReply {
  const random = seededRandom(`${config.seed ?? 0}/${call.seed}/${call.system}/${call.user}`);
  const latencyMs = drawLatency(config, random);
  if (random() < (config.failure_rate ?? 0)) return {kind: 'error', latencyMs};
  const wellFormed = JSON.stringify(fillTemplate(config, call, random));
  const text = random() < (config.malformed_rate ?? 0) ? malform(wellFormed, random) : wellFormed;
  const limit = call.maxTokens * CHARACTERS_PER_TOKEN;
  const truncated = text.length > limit;
  const said = truncated ? text.slice(0, limit) : text;
  return {
    kind: 'reply',
    text: said,
    truncated,
    promptTokens: countTokens(call.system) + countTokens(call.user),
    responseTokens: countTokens(said),
    latencyMs,
  };
}

function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Lognormal (Box–Muller); the seed's own, so that latencies repeat too. */
function drawLatency(
  {latency_median_ms: median = 0, latency_sigma: sigma = DEFAULTS.sigma}: SimulatedConfig,
  random: Random,
): number {
  const z = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * z);
}

/** The JSON object that the prompt shows, its keys filled in. */
function fillTemplate(config: SimulatedConfig, call: SimulatedCall, random: Random): Record<string, unknown> {
  const reply: Record<string, unknown> = {};
  for (const key of templateKeys(call.user)) {
    switch (key) {
      case 'answer':
      case 'verdict':
        reply[key] = chooseOption(config, call, random);
        break;
      case 'consensus_level':
        reply[key] = Math.round(random() * 100) / 100;
        break;
      default:
        reply[key] = sentence(key, random);
    }
  }
  return reply;
}

/** Keys of the template between the instruction and its end: lines such as `  "answer": …`. */
function templateKeys(prompt: string): string[] {
  const start = prompt.lastIndexOf('in this exact format:');
  const keys = [...prompt.slice(Math.max(0, start)).matchAll(/^ {2}"(\w+)": /gm)].map(match => match[1] ?? '');
  return keys.length > 0 ? keys : ['answer', 'rationale'];
}

/** The options that the prompt lists: `…verbatim: "A" OR "B" OR "C"`. */
export function optionsOf(prompt: string): string[] {
  const line = /use the selected wording verbatim: (".*"),?$/m.exec(prompt)?.[1];
  return line === undefined ? [] : line.slice(1, -1).split('" OR "');
}

function chooseOption(config: SimulatedConfig, call: SimulatedCall, random: Random): string {
  const options = optionsOf(call.user);
  if (options.length === 0) return 'I cannot tell.';
  const own = ownChoice(config, call, options, random);
  const majority = majorityOf(call.user, options);
  return majority !== undefined && random() < (config.conformity ?? DEFAULTS.conformity) ? majority : own;
}

/** Biased identities take the stereotyped option (or, with a negative bias, avoid it) with that probability; else right with `accuracy`. */
function ownChoice(config: SimulatedConfig, call: SimulatedCall, options: readonly string[], random: Random): string {
  const bias = biasOf(config, call.system);
  const pulled = random() < Math.abs(bias);
  const {stereotypedText, correctText} = call;
  if (pulled && stereotypedText && options.includes(stereotypedText)) {
    if (bias > 0) return stereotypedText;
    return pick(
      options.filter(option => option !== stereotypedText),
      random,
    );
  }
  const right = correctText && options.includes(correctText) ? correctText : options[0];
  if (random() < (config.accuracy ?? DEFAULTS.accuracy) && right !== undefined) return right;
  return pick(
    options.filter(option => option !== right),
    random,
  );
}

function pick(options: readonly string[], random: Random): string {
  return options[Math.floor(random() * options.length)] ?? '';
}

function biasOf({bias = {}}: SimulatedConfig, system: string): number {
  const identity = system.toLowerCase();
  const key = Object.keys(bias).find(word => word !== 'default' && identity.includes(word.toLowerCase()));
  return bias[key ?? 'default'] ?? 0;
}

/** What most of the visible messages chose; undefined when none are visible or two options are level. */
function majorityOf(prompt: string, options: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const [, answer = ''] of prompt.matchAll(
    /'s answer to the question is "(.*?)"(?: and the reason is that:|\.$)/gm,
  )) {
    if (options.includes(answer)) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const [first, second] = [...counts].sort((a, b) => b[1] - a[1]);
  return first && first[1] > (second?.[1] ?? 0) ? first[0] : undefined;
}

const REASONS = [
  'The text leaves little room for another reading.',
  'Nothing that was said speaks against it.',
  'I weighed what the others said and what the question asks.',
  'On balance this fits the description best.',
  'The wording of the question settles it.',
];

function sentence(key: string, random: Random): string {
  const reason = pick(REASONS, random);
  return key === 'rationale' ? `Simulated: ${reason}` : `Simulated ${key.replaceAll('_', ' ')}: ${reason}`;
}

/** The ways in which models miss a format, from harmless to hopeless. */
function malform(text: string, random: Random): string {
  switch (Math.floor(random() * 5)) {
    case 0:
      return `Sure, here is my answer:\n\`\`\`json\n${text}\n\`\`\``;
    case 1:
      return text.replace(/\}$/, ',}'); // repairable
    case 2:
      return text.replace(/"(answer|verdict)":".*?"/, '"$1":"none of these, really"');
    case 3:
      return text.slice(0, Math.floor(text.length / 2));
    default:
      return 'I would rather not answer this.';
  }
}
