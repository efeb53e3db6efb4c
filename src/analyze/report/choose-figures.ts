import {varyingColumns} from '../select/columns.ts';
import {mixesPeersHidden} from '../select/controls.ts';
import {answersByRound} from '../figures/answers-by-round.ts';
import {shortName} from '../figures/cell-labels.ts';
import type {Figure, FigureOrReason} from '../figures/figure.ts';
import {flipsByType} from '../figures/flips.ts';
import {heatMapFactors, personaHeatMap, explainNoHeatMap} from '../figures/heat-map.ts';
import {scoresByCell, type CellView} from '../figures/scores-by-cell.ts';
import {throughputOverTime} from '../figures/throughput.ts';
import {MIXED_WITH_CONTROL} from '../figures/words.ts';
import type {ReportData} from './read/read-report.ts';

/** The figures that the records can give, and why the others are not there. */
export function chooseFigures(data: ReportData): FigureOrReason[] {
  const benchmarks = [...new Set(data.overall.cells.map(({benchmark}) => benchmark))].sort();
  const isMixed = mixesPeersHidden(data.selection.tasks);
  const mixed = <Drawn extends Figure | undefined>(figure: Drawn): Drawn =>
    figure && isMixed ? {...figure, description: `${figure.description} ${MIXED_WITH_CONTROL}`} : figure;
  const figures = benchmarks.flatMap(benchmark => [
    scoresByCell(benchmark, listViews(data)) ?? {title: `${benchmark}: scores`, reason: 'nothing could be scored'},
    ...buildHeatMaps(benchmark, data).map(mixed),
    mixed(answersByRound(benchmark, data.byRound.cells)) ?? {
      title: `${benchmark}: answers by round`,
      reason: 'the conversations have one round',
    },
    mixed(flipsByType(benchmark, data.overall.cells)) ?? {
      title: `${benchmark}: changes of answers`,
      reason: 'no agent answered in two rounds',
    },
  ]);
  return uniqueNames([
    ...figures,
    ...explainMissingHeatMap(data),
    throughputOverTime(data.runLog.ends) ?? explainMissingThroughput(data),
  ]);
}

function listViews({byCell, byFactor, overall}: ReportData): CellView[] {
  return [
    ...(byCell ? [{of: 'cell', columns: byCell.columns, cells: byCell.cells}] : []),
    ...byFactor.map(({factor, results}) => ({
      of: `value of ${shortName(factor.name)}`,
      columns: results.columns,
      cells: results.cells,
    })),
    {of: 'part', columns: [], cells: overall.cells},
  ];
}

function buildHeatMaps(benchmark: string, {byPersona}: ReportData): Figure[] {
  const factors = heatMapFactors(byPersona?.columns ?? []);
  const map = byPersona && factors ? personaHeatMap(benchmark, byPersona.cells, factors) : undefined;
  return map ? [map] : [];
}

function explainMissingHeatMap({byPersona, selection}: ReportData): FigureOrReason[] {
  if (byPersona) return [];
  const columns = varyingColumns(selection.tasks).map(({name}) => name);
  return [{title: 'persona × demographics', reason: explainNoHeatMap(columns)}];
}

function explainMissingThroughput({runLog}: ReportData): FigureOrReason {
  const reason =
    runLog.untimed > 0
      ? 'the index lines have no times: the older system did not write them'
      : 'fewer than two conversations ended';
  return {title: 'Throughput over time', reason};
}

/** Names become files: two data sets may read alike. */
function uniqueNames(figures: readonly FigureOrReason[]): FigureOrReason[] {
  const seen = new Set<string>();
  return figures.map(figure => {
    if (!('name' in figure)) return figure;
    let {name} = figure;
    for (let number = 2; seen.has(name); number++) name = `${figure.name}-${number}`;
    seen.add(name);
    return {...figure, name};
  });
}
