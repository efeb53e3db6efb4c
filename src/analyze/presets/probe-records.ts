import {readBinary, readNumber, splitWords} from './answer.ts';
import type {Probe, ProbeLabel} from './probes.ts';

/** One answer as postprocessors and plots take it. */
interface AnswerRecord {
  readonly label: string;
  readonly source_user: string;
  readonly episode: number;
  readonly event_index: number;
}

export interface ChoiceRecord extends AnswerRecord {
  readonly choice: string;
}

export interface NumericRecord extends AnswerRecord {
  readonly value: number;
}

export interface FreetextRecord extends AnswerRecord {
  readonly text: string;
  readonly word_count: number;
}

/** The answers of a run that could be read as their type says. Yes/no answers are choices: `Yes`, `No`. */
export interface RecordsByType {
  readonly choice: readonly ChoiceRecord[];
  readonly numeric: readonly NumericRecord[];
  readonly freetext: readonly FreetextRecord[];
}

/** Returns the answers by kind, label by label in the order of the run. */
export function listRecords(labels: readonly ProbeLabel[]): RecordsByType {
  const choice: ChoiceRecord[] = [];
  const numeric: NumericRecord[] = [];
  const freetext: FreetextRecord[] = [];
  for (const label of labels) {
    for (const probe of label.probes) {
      const {answer} = probe;
      if (answer === null) continue;
      const about = describeProbe(probe);
      if (label.type === 'numeric') {
        const value = readNumber(answer);
        if (value !== null) numeric.push({...about, value});
      } else if (label.type === 'freetext') {
        freetext.push({...about, text: answer, word_count: splitWords(answer).length});
      } else {
        const chosen = readChoice(label, answer);
        if (chosen !== null) choice.push({...about, choice: chosen});
      }
    }
  }
  return {choice, numeric, freetext};
}

/** Returns what an answer to a question with choices chose; null for what is neither Yes nor No where that is asked. */
export function readChoice({type, choices}: ProbeLabel, answer: string): string | null {
  if (type === 'binary') return readBinary(answer);
  return choices.find(choice => choice.toLowerCase() === answer.toLowerCase()) ?? answer;
}

function describeProbe({event: {label, sourceUser, episode, eventIndex}}: Probe): AnswerRecord {
  return {label, source_user: sourceUser, episode, event_index: eventIndex};
}
