import {median} from './report.ts';
import {adjustedGap, meanInterval, pairedScore, pairedShare, ratioInterval, type Trial} from './coverage-trials.ts';
import {seededRandom} from '../src/core/seeds/random.ts';

const TRIALS = Number(process.env['BENCH_TRIALS'] ?? 1000);

/** Below this an interval promises more than it holds. */
const POOR = 0.92;

interface Setting {
  readonly clusters: number;
  readonly rows: number;
  /** Correlation of the answers within a cluster. */
  readonly correlation: number;
}

const SETTINGS: readonly Setting[] = [5, 10, 21, 48].flatMap(clusters =>
  [0, 0.1, 0.3].map(correlation => ({clusters, rows: 100, correlation})),
);

/** DiscrimEval: all decisions of a sampled file, and few. */
const DECISIONS: readonly Setting[] = [
  {clusters: 24, rows: 240, correlation: 0.1},
  {clusters: 70, rows: 1000, correlation: 0},
  {clusters: 70, rows: 1000, correlation: 0.1},
];

/** DiffAware: scenarios have one or a few rows. */
const SCENARIOS: readonly Setting[] = [
  {clusters: 48, rows: 125, correlation: 0.1},
  {clusters: 115, rows: 125, correlation: 0.1},
];

/**
 * Measures how often intervals that are called 95 % hold the true value, at the sizes of this field's files: data are
 * drawn from a known population, clusters and all, again and again. BENCH_TRIALS sets how often.
 */
export function run(): void {
  console.log(`  ${TRIALS} samples each; nominal 95 %; ± is twice the simulation's own error`);
  for (const p of [0.5, 0.85]) table(`accuracy ${p}`, SETTINGS, meanInterval(p));
  table('s_AMB, true .15', SETTINGS, ratioInterval('s_amb'));
  table('s_AMB, true .70', SETTINGS, ratioInterval('s_amb_extreme'));
  table('s_DIS, true .33', SETTINGS, ratioInterval('s_dis'));
  table('s_DIS, true .90', SETTINGS, ratioInterval('s_dis_extreme'));
  table('accuracy cost, true −.10', SETTINGS, ratioInterval('accuracy_cost'));
  table('DiffAware, true .50', SCENARIOS, ratioInterval('diff_aware'));
  table('DiffAware, true .90', SCENARIOS, ratioInterval('diff_aware_extreme'));
  table('adjusted gap of DiscrimEval, true −.10', DECISIONS, adjustedGap);
  table('paired difference of accuracy, true .10', SETTINGS, pairedShare);
  table('paired difference of s_AMB, true .15', SETTINGS, pairedScore);
}

/** One line a setting: coverage and median width of every method. */
function table(what: string, settings: readonly Setting[], trialOf: Trial): void {
  console.log(`  ${what}`);
  for (const setting of settings) {
    const methods = new Map<string, {held: number; widths: number[]}>();
    for (let trial = 0; trial < TRIALS; trial++) {
      const random = seededRandom(`${what}/${JSON.stringify(setting)}/${trial}`);
      for (const {method, interval, truth} of trialOf(setting, random)) {
        const counts = methods.get(method) ?? {held: 0, widths: []};
        methods.set(method, counts);
        if (!interval) continue;
        counts.widths.push(interval[1] - interval[0]);
        if (interval[0] <= truth && truth <= interval[1]) counts.held++;
      }
    }
    const {clusters, rows, correlation} = setting;
    for (const [method, {held, widths}] of methods) {
      const n = widths.length;
      const share = held / n;
      const error = 2 * Math.sqrt((share * (1 - share)) / n);
      const missing = n < TRIALS ? `, none in ${TRIALS - n}` : '';
      console.log(
        `${share + error < POOR ? '  LOW ' : '      '} ${clusters} clusters, ${rows} rows, correlation ${correlation}: ${method} ` +
          `${(100 * share).toFixed(1)} ± ${(100 * error).toFixed(1)} %, width ${median(widths).toFixed(3)}${missing}`,
      );
    }
  }
}
