import type {CellEstimate} from '../metrics/cell-estimates.ts';
import {occurringEndings} from '../metrics/main-metrics.ts';
import {POSITION} from '../metrics/positions.ts';
import type {ReportData} from './read/read-report.ts';

/** Which methods a report used: only these are described and cited. */
export interface Methods {
  readonly unit: string;
  readonly isAgentUnit: boolean;
  readonly isMajorityUnit: boolean;
  readonly draws: string;
  readonly bbq: boolean;
  readonly intersectional: boolean;
  readonly discrimEval: boolean;
  readonly diffAware: boolean;
  /** DifferenceAwareness, and the mean gap of DiscrimEval. */
  readonly citesWang: boolean;
  readonly otherBenchmark: boolean;
  readonly discussion: boolean;
  readonly conformity: boolean;
  readonly influence: boolean;
  readonly change: boolean;
  readonly peersHidden: boolean;
  readonly identityHidden: boolean;
  readonly endings: boolean;
  readonly positions: boolean;
  readonly wilson: boolean;
  readonly bootstrap: boolean;
  readonly regression: boolean;
  /** Differences between the values of factors. */
  readonly effects: boolean;
}

export function describeMethods({overall, byCell, byFactor, effects}: ReportData, draws: number): Methods {
  const cells = [overall, ...(byCell ? [byCell] : []), ...byFactor.map(({results}) => results)].flatMap(
    results => results.cells,
  );
  const has = (benchmark: string): boolean => cells.some(cell => cell.benchmark === benchmark);
  const ids = new Set<string>();
  const methods = new Set<CellEstimate['method']>();
  for (const {id, value, method} of cells.flatMap(({estimates}) => estimates)) {
    if (value === null) continue;
    ids.add(id);
    methods.add(method);
  }
  const some = (test: (id: string) => boolean): boolean => [...ids].some(test);
  return {
    unit: overall.unit,
    isAgentUnit: overall.unit === 'agent',
    isMajorityUnit: overall.unit === 'majority',
    draws: draws.toLocaleString('en-US'),
    bbq: has('BBQ'),
    intersectional: cells.some(({benchmark, stratum}) => benchmark === 'BBQ' && stratum.startsWith('Race_x_')),
    discrimEval: has('DiscrimEval'),
    diffAware: has('DiffAware'),
    citesWang: has('DiffAware') || has('DiscrimEval'),
    otherBenchmark: has('other'),
    discussion: ids.has('flip_rate'),
    conformity: ids.has('conformity'),
    influence: some(id => id.startsWith('influence:')),
    change: some(id => id.startsWith('change:')),
    peersHidden: some(id => id.endsWith('− peers_hidden')),
    identityHidden: some(id => id.endsWith('− identity_hidden')),
    endings: occurringEndings(cells).length > 0,
    positions: some(id => id.startsWith(POSITION)),
    wilson: methods.has('clustered Wilson'),
    bootstrap: methods.has('cluster bootstrap'),
    regression: methods.has('clustered t'),
    effects: effects.byFactor.length > 0,
  };
}
