import {compareTexts} from '../../core/compare-texts.ts';
import type {CellEstimate} from '../metrics/cell-estimates.ts';
import {occurringEndings} from '../metrics/main-metrics.ts';
import {BENCHMARKS} from '../metrics/benchmarks.ts';
import {POSITION} from '../metrics/positions.ts';
import {
  CAMERON_MILLER_2015,
  FIELD_WELSH_2007,
  FRANCO_2019,
  HOLM_1979,
  KORN_GRAUBARD_1998,
  KORN_GRAUBARD_1999,
  MILLER_2024,
  WILSON_1927,
  WOODRUFF_1971,
  type Reference,
} from '../metrics/references.ts';
import type {ReportData} from './read/read-report.ts';

/** Which methods a report used: only these are described and cited. */
export interface Methods {
  readonly unit: string;
  readonly isAgentUnit: boolean;
  readonly isMajorityUnit: boolean;
  readonly draws: string;
  /** The templates of the benchmarks' paragraphs, with the facts that they ask for. */
  readonly benchmarks: readonly {readonly template: string}[];
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
  /** In alphabetical order. */
  readonly references: readonly Required<Reference>[];
}

/** The sources of methods that belong to no benchmark. */
const METHOD_REFERENCES: Readonly<Record<'wilson' | 'bootstrap' | 'regression' | 'effects', readonly Reference[]>> = {
  wilson: [FRANCO_2019, KORN_GRAUBARD_1998, WILSON_1927],
  bootstrap: [FIELD_WELSH_2007, KORN_GRAUBARD_1999],
  regression: [CAMERON_MILLER_2015],
  effects: [HOLM_1979, MILLER_2024, WOODRUFF_1971],
};

export function describeMethods({overall, byCell, byFactor, effects}: ReportData, draws: number): Methods {
  const cells = [overall, ...(byCell ? [byCell] : []), ...byFactor.map(({results}) => results)].flatMap(
    results => results.cells,
  );
  const benchmarks = BENCHMARKS.filter(({name}) => cells.some(({benchmark}) => benchmark === name));
  const ids = new Set<string>();
  const methods = new Set<CellEstimate['method']>();
  for (const {id, value, method} of cells.flatMap(({estimates}) => estimates)) {
    if (value === null) continue;
    ids.add(id);
    methods.add(method);
  }
  const some = (test: (id: string) => boolean): boolean => [...ids].some(test);
  const used = {
    wilson: methods.has('clustered Wilson'),
    bootstrap: methods.has('cluster bootstrap'),
    regression: methods.has('clustered t'),
    effects: effects.byFactor.length > 0,
  };
  const references = [
    ...benchmarks.flatMap(({methods: {references: own}}) => own),
    ...(['wilson', 'bootstrap', 'regression', 'effects'] as const).flatMap(key =>
      used[key] ? METHOD_REFERENCES[key] : [],
    ),
  ];
  return {
    unit: overall.unit,
    isAgentUnit: overall.unit === 'agent',
    isMajorityUnit: overall.unit === 'majority',
    draws: draws.toLocaleString('en-US'),
    benchmarks: benchmarks.map(({name, methods: {template, facts}}) => ({
      template,
      ...facts?.(cells.filter(({benchmark}) => benchmark === name).map(({stratum}) => stratum)),
    })),
    discussion: ids.has('flip_rate'),
    conformity: ids.has('conformity'),
    influence: some(id => id.startsWith('influence:')),
    change: some(id => id.startsWith('change:')),
    peersHidden: some(id => id.endsWith('− peers_hidden')),
    identityHidden: some(id => id.endsWith('− identity_hidden')),
    endings: occurringEndings(cells).length > 0,
    positions: some(id => id.startsWith(POSITION)),
    ...used,
    references: [...new Set(references)]
      .sort((a, b) => compareTexts(a.text, b.text))
      .map(reference => ({work: '', rest: '', ...reference})),
  };
}
