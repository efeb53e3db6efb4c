import {readFile} from 'node:fs/promises';

import {asMapping} from '../../core/mapping.ts';
import {keepNumbers, mergeMetrics} from '../../execute/trial/metrics.ts';
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
  const merge = (read: (payload: Payload) => Numbers | undefined): Numbers =>
    mergeMetrics(
      {},
      payloads.map(payload => ({id: payload.id, metrics: read(payload) ?? {}})),
    );
  return {
    aggregated: record.metrics,
    summary: merge(({summary}) => summary),
    agents: Object.fromEntries(agentNames.map(name => [name, merge(({agents}) => agents[name])])),
  };
}

async function readPayload(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return asMapping(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // An evaluator that wrote no JSON is recorded as failed; a file that went since leaves what the record has.
    return {};
  }
}
