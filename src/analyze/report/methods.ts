import {formatInteger} from '../../core/text/amounts.ts';
import {compareTexts} from '../../core/text/compare-texts.ts';
import type {CellEstimate} from '../metrics/cell-estimates.ts';
import {occurringEndings} from '../metrics/main-metrics.ts';
import {BENCHMARKS} from '../metrics/benchmarks.ts';
import {POSITION} from '../metrics/positions.ts';
import type {ReportData} from './read/read-report.ts';

/** The methods that a report used: only these are described and cited. */
export type Methods = ReturnType<typeof describeMethods>;

/** The sources of methods that belong to no benchmark; text between asterisks is set in italics. */
const REFERENCES = {
  wilson: [
    'Franco, C., Little, R. J. A., Louis, T. A., & Slud, E. V. (2019). Comparative study of confidence intervals for proportions in complex sample surveys. *Journal of Survey Statistics and Methodology*, 7(3), 334–364.',
    'Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive counts estimated from survey data. *Survey Methodology*, 24(2), 193–201.',
    'Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. *Journal of the American Statistical Association*, 22(158), 209–212.',
  ],
  bootstrap: [
    'Field, C. A., & Welsh, A. H. (2007). Bootstrapping clustered data. *Journal of the Royal Statistical Society: Series B*, 69(3), 369–390.',
    'Korn, E. L., & Graubard, B. I. (1999). *Analysis of health surveys*. Wiley.',
  ],
  regression: [
    "Cameron, A. C., & Miller, D. L. (2015). A practitioner's guide to cluster-robust inference. *Journal of Human Resources*, 50(2), 317–372.",
  ],
  effects: [
    'Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian Journal of Statistics*, 6(2), 65–70.',
    'Miller, E. (2024). Adding error bars to evals: A statistical approach to language model evaluations. arXiv:2411.00640.',
    'Woodruff, R. S. (1971). A simple method for approximating the variance of a complicated estimate. *Journal of the American Statistical Association*, 66(334), 411–414.',
  ],
} as const;

/** Returns what the template of the methods asks for. */
export function describeMethods({overall, byCell, byFactor, effects}: ReportData, draws: number) {
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
    ...(['wilson', 'bootstrap', 'regression', 'effects'] as const).flatMap(key => (used[key] ? REFERENCES[key] : [])),
  ];
  return {
    unit: overall.unit,
    isAgentUnit: overall.unit === 'agent',
    isMajorityUnit: overall.unit === 'majority',
    draws: formatInteger(draws),
    // The templates of their paragraphs, with the facts that they ask for.
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
    references: [...new Set(references)].sort(compareTexts),
  };
}
