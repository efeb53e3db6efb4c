import {readFile} from 'node:fs/promises';

import {asMapping, isMapping} from '../../core/mapping.ts';
import type {Layout} from '../../record/layout.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';
import {toAbsolute} from './study-rows.ts';

type Numbers = Readonly<Record<string, number>>;

/** Everything that the evaluators of one row say, each in its own name. */
export interface RowScores {
  readonly aggregated: Numbers;
  readonly summary: Numbers;
  readonly agents: Readonly<Record<string, Numbers>>;
}

/** One evaluator's file. */
interface Payload {
  readonly id: string;
  readonly summary: Numbers;
  readonly agents: Readonly<Record<string, Numbers>>;
}

/** Reads the scores of a row: its own metrics, and those of its evaluators. */
export async function readRowScores(layout: Layout, record: TrialRecord): Promise<RowScores> {
  const payloads = await Promise.all(
    record.evaluations
      .filter(({status}) => status === 'succeeded' || status === 'reused')
      .map(async ({id, path}): Promise<Payload> => {
        const content = path === null ? {} : await readPayload(toAbsolute(layout, path));
        return {
          id,
          summary: keepNumbers(content['summary']),
          agents: Object.fromEntries(
            Object.entries(asMapping(content['agents'])).map(([agent, numbers]) => [agent, keepNumbers(numbers)]),
          ),
        };
      }),
  );
  const agentNames = [...new Set(payloads.flatMap(({agents}) => Object.keys(agents)))];
  return {
    aggregated: record.metrics,
    summary: unite(payloads.map(({id, summary}) => ({id, numbers: summary}))),
    agents: Object.fromEntries(
      agentNames.map(name => [name, unite(payloads.map(({id, agents}) => ({id, numbers: agents[name] ?? {}})))]),
    ),
  };
}

/**
 * Unites numbers of different evaluators. They measure different things: a name that several use gets the evaluator's
 * before it, and nothing is averaged.
 */
export function unite(sources: readonly {readonly id: string; readonly numbers: Numbers}[]): Numbers {
  const users = new Map<string, number>();
  for (const name of sources.flatMap(({numbers}) => Object.keys(numbers))) users.set(name, (users.get(name) ?? 0) + 1);
  return Object.fromEntries(
    sources.flatMap(({id, numbers}) =>
      Object.entries(numbers).map(([name, value]) => [(users.get(name) ?? 0) > 1 ? `${id}.${name}` : name, value]),
    ),
  );
}

async function readPayload(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return asMapping(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // An evaluator that wrote no JSON is recorded as failed; a file that went since leaves what the record has.
    return {};
  }
}

function keepNumbers(value: unknown): Numbers {
  if (!isMapping(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}
