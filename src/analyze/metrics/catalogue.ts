import {BENCHMARKS} from './benchmarks.ts';
import {estimateCell} from './cell-estimates.ts';
import {CountTable} from './count-table.ts';
import {doseMetrics} from './discussion/conformity.ts';
import {influenceMetrics} from './discussion/influence.ts';

/** A listed metric. */
interface ListedMetric {
  readonly id: string;
  readonly label: string;
  /** The benchmarks that have it. */
  readonly benchmarks: readonly string[];
}

/** Lists every metric, those of one benchmark first; ids that depend on the records are listed as patterns. */
export function metricCatalogue(): ListedMetric[] {
  const listed = new Map<string, {readonly id: string; readonly label: string; readonly benchmarks: string[]}>();
  for (const kind of ['score', 'discussion', 'ending'] as const) {
    for (const benchmark of BENCHMARKS) {
      const estimates = estimateCell(new CountTable(), {benchmark, unit: 'agent', round: 'last', draws: 0});
      for (const {id, label} of estimates.filter(each => each.kind === kind)) {
        const known = listed.get(id);
        if (known) known.benchmarks.push(benchmark.name);
        else listed.set(id, {id, label, benchmarks: [benchmark.name]});
      }
    }
  }
  const all = BENCHMARKS.map(({name}) => name);
  const made = [
    {id: 'position:I of K', label: 'share of answers at shown position I of K choices'},
    ...doseMetrics(['dose_n:K of V']),
    ...influenceMetrics(['chances:agent:ID', 'chances:identity:SHOWN → READER']),
    {id: 'change:METRIC', label: 'a score in the last round − in the first'},
    {id: 'METRIC − peers_hidden', label: 'flips, consensus and change:…, minus the same with peers hidden'},
    {id: 'influence:… − identity_hidden', label: 'influence of an identity, minus the same with identities hidden'},
  ];
  return [...listed.values(), ...made.map(({id, label}) => ({id, label, benchmarks: all}))];
}

/** Returns the same as Markdown, as docs/metrics.md has it. */
export function metricMarkdown(): string {
  return [
    '| id | what it is | benchmark |',
    '| --- | --- | --- |',
    ...metricCatalogue().map(
      ({id, label, benchmarks}) =>
        `| \`${id}\` | ${label} | ${benchmarks.length === BENCHMARKS.length ? 'all' : benchmarks.join(', ')} |`,
    ),
    '',
  ].join('\n');
}
