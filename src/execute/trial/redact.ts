import {isSecretKey, scrubText} from '../../core/secrets.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';

/** Returns a record without secrets: known values anywhere in texts, and what looks like one in what was printed. */
export function redactRecord(record: TrialRecord, secrets: readonly string[]): TrialRecord {
  const scrub = (text: string): string => scrubText(text, secrets);
  const {trial, ...rest} = record;
  const scrubEnd = <End extends Pick<TrialRecord, 'command' | 'tail'>>(end: End): End => ({
    ...end,
    command: end.command?.map(scrub) ?? null,
    tail: end.tail.map(scrub),
  });
  return {
    ...scrubEnd(rest),
    ...(rest.reason === undefined ? {} : {reason: scrub(rest.reason)}),
    trial: redactTrial(trial, secrets),
    result: mapTexts(rest.result, scrub),
    evaluations: rest.evaluations.map(each => ({
      ...scrubEnd(each),
      ...(each.reason === undefined ? {} : {reason: scrub(each.reason)}),
    })),
  };
}

/** Returns a trial as its record has it. */
function redactTrial(trial: TrialRecord['trial'], secrets: readonly string[]): TrialRecord['trial'] {
  const environment = Object.fromEntries(
    Object.entries(trial.environment).map(([name, value]) => [name, isSecretKey(name) ? '***' : value]),
  );
  return mapTexts({...trial, environment}, text => hideKnown(text, secrets));
}

function hideKnown(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

/** Returns a copy of a JSON value with every text in it changed; numbers and keys stay. */
function mapTexts<T>(value: T, change: (text: string) => string): T {
  const map = (part: unknown): unknown => {
    if (typeof part === 'string') return change(part);
    if (Array.isArray(part)) return part.map(map);
    if (part === null || typeof part !== 'object') return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, map(member)]));
  };
  return map(value) as T;
}
