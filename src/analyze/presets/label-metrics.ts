import {listTokens, readNumber, readProbeMode, splitWords} from './answer.ts';
import {readChoice} from './probe-records.ts';
import type {Probe, ProbeLabel} from './probes.ts';
import {computeMean, Counter, Groups, summariseNumbers} from './statistics.ts';

const MOST_TOKENS = 30;

/** Choices of a label that `aggregated` has: the declared ones, else so many of the most frequent. */
const MOST_CHOICES = 20;

/** Metrics of the probes of one label. */
export interface LabelMetrics {
  readonly payload: Readonly<Record<string, unknown>>;
  /** Without the label in front. */
  readonly aggregated: Readonly<Record<string, number>>;
  /** Answers that cannot be read as their type says. */
  readonly unparsed: number;
}

/** Measures the probes of one label as its type says, over the run and episode by episode. */
export function measureLabel(label: ProbeLabel): LabelMetrics {
  const {type, source, probes} = label;
  const answers = listAnswers(probes);
  const measured = measureAnswers(label, answers);
  const modes = new Counter();
  for (const {event} of probes) modes.add(readProbeMode(event));
  const byEpisode = new Groups<number, Probe[]>(() => []);
  for (const probe of probes) byEpisode.get(probe.event.episode).push(probe);
  return {
    payload: {
      probe_type: type,
      probe_type_source: source,
      total_events: probes.length,
      responses_present: answers.length,
      responses_missing: probes.length - answers.length,
      responses_unparsed: measured.unparsed,
      probe_mode_counts: modes.toRecord(),
      ...measured.details,
      per_episode: byEpisode.toRecord(own => {
        const said = listAnswers(own);
        return {responses_present: said.length, ...measureAnswers(label, said).brief};
      }),
    },
    aggregated: {
      responses: answers.length,
      ...(probes.length === 0 ? {} : {response_rate: answers.length / probes.length}),
      ...measured.aggregated,
    },
    unparsed: measured.unparsed,
  };
}

function listAnswers(probes: readonly Probe[]): string[] {
  return probes.flatMap(({answer}) => answer ?? []);
}

interface AnswerMetrics {
  readonly unparsed: number;
  /** Members of the whole run. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Members of one episode. */
  readonly brief: Readonly<Record<string, unknown>>;
  readonly aggregated: Readonly<Record<string, number>>;
}

function measureAnswers(label: ProbeLabel, answers: readonly string[]): AnswerMetrics {
  switch (label.type) {
    case 'numeric':
      return measureNumbers(answers);
    case 'freetext':
      return measureTexts(answers);
    case 'binary':
    case 'choice':
      return measureChoices(label, answers);
    case 'unknown':
      return {unparsed: 0, details: {}, brief: {}, aggregated: {}};
  }
}

function measureNumbers(answers: readonly string[]): AnswerMetrics {
  const values = answers.flatMap(answer => readNumber(answer) ?? []);
  const stats = summariseNumbers(values);
  const {mean, stdev} = stats;
  return {
    unparsed: answers.length - values.length,
    details: {numeric_response_stats: stats},
    brief: {mean},
    aggregated: {...nameFinite('mean', mean), ...nameFinite('stdev', stdev)},
  };
}

/** Returns a metric under its name; nothing where it is not defined, or beyond what a number can hold. */
function nameFinite(name: string, value: number | null): Record<string, number> {
  return value !== null && Number.isFinite(value) ? {[name]: value} : {};
}

/** Shares are of the answers that could be read. */
function measureChoices(label: ProbeLabel, answers: readonly string[]): AnswerMetrics {
  const counts = new Counter();
  for (const choice of label.type === 'binary' ? ['Yes', 'No'] : label.choices) counts.add(choice, 0);
  const declared = counts.texts();
  const chosen = answers.flatMap(answer => readChoice(label, answer) ?? []);
  for (const choice of chosen) counts.add(choice);
  const named = declared.length > 0 ? declared : counts.listMostFrequent(MOST_CHOICES).map(([choice]) => choice);
  const shares =
    chosen.length === 0 ? [] : named.map(choice => [`share.${choice}`, counts.get(choice) / chosen.length]);
  return {
    unparsed: answers.length - chosen.length,
    details: {choice_value_counts: counts.toRecord()},
    brief: {choice_value_counts: counts.toRecord()},
    aggregated: Object.fromEntries(shares) as Record<string, number>,
  };
}

function measureTexts(answers: readonly string[]): AnswerMetrics {
  const lengths = answers.map(answer => Array.from(answer).length);
  const words = answers.map(answer => splitWords(answer).length);
  const tokens = new Counter();
  for (const answer of answers) for (const token of listTokens(answer)) tokens.add(token);
  const mean = computeMean(words);
  return {
    unparsed: 0,
    details: {
      free_text_char_len_stats: summariseNumbers(lengths),
      free_text_word_count_stats: summariseNumbers(words),
      free_text_top_tokens: Object.fromEntries(tokens.listMostFrequent(MOST_TOKENS)),
    },
    brief: {mean_word_count: mean},
    aggregated: nameFinite('mean_word_count', mean),
  };
}
