import type {Results} from '../score/read-results.ts';
import {mixesPeersHidden} from '../select/controls.ts';
import {varyingColumns} from '../select/columns.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import {answersByRound} from './answers-by-round.ts';
import {shortName} from './cell-labels.ts';
import type {FigureOrReason} from './figure.ts';
import {flipsByType} from './flips.ts';
import {explainNoHeatMap, heatMapFactors, personaHeatMap} from './heat-map.ts';
import {scoresByCell, type CellView} from './scores-by-cell.ts';
import {throughputOverTime} from './throughput.ts';

/** The results that figures are drawn of. */
export interface FigureData {
  readonly selection: {readonly tasks: readonly KnownTask[]};
  /** One cell a task, or as asked for; null when there are too many tasks. */
  readonly byCell: Results | null;
  /** One cell a level, for the factors that are few enough. */
  readonly byFactor: readonly {readonly factor: {readonly name: string}; readonly results: Results}[];
  /** All tasks together, in every round. */
  readonly byRound: Results;
  /** All tasks together, in the last round. */
  readonly overall: Results;
  /** By persona and demographics of an agent; null when they do not both vary. */
  readonly byPersona: Results | null;
  /** Times of the ends of conversations, and how many conversations have none. */
  readonly runLog: {readonly ends: readonly number[]; readonly untimed: number};
}

/** A kind of figure: reports draw each that the records can give and say why they lack the others. */
export interface FigureKind {
  /** For docs/report.md. */
  readonly shows: string;
  /** Draws one for a benchmark. */
  readonly ofBenchmark?: (benchmark: string, data: FigureData) => FigureOrReason | undefined;
  /** True if it mixes tasks: then it notes that controls with hidden peers are among them. */
  readonly mixesTasks?: boolean;
  /** Draws one for all records, or gives the reason why none of its kind is drawn. */
  readonly ofAll?: (data: FigureData) => FigureOrReason | undefined;
}

/** Every kind of figure, in the order of a report. */
export const FIGURES: readonly FigureKind[] = [
  {
    shows: 'scores by cell with intervals',
    ofBenchmark: (benchmark, data) =>
      scoresByCell(benchmark, listViews(data)) ?? {title: `${benchmark}: scores`, reason: 'nothing could be scored'},
  },
  {
    shows: 'persona × demographics',
    mixesTasks: true,
    ofBenchmark: (benchmark, {byPersona}) => {
      const factors = heatMapFactors(byPersona?.columns ?? []);
      return byPersona && factors ? personaHeatMap(benchmark, byPersona.cells, factors) : undefined;
    },
    ofAll: ({byPersona, selection: {tasks}}) =>
      byPersona
        ? undefined
        : {title: 'persona × demographics', reason: explainNoHeatMap(varyingColumns(tasks).map(({name}) => name))},
  },
  {
    shows: 'answers by round',
    mixesTasks: true,
    ofBenchmark: (benchmark, {byRound}) =>
      answersByRound(benchmark, byRound.cells) ?? {
        title: `${benchmark}: answers by round`,
        reason: 'the conversations have one round',
      },
  },
  {
    shows: 'changes by type',
    mixesTasks: true,
    ofBenchmark: (benchmark, {overall}) =>
      flipsByType(benchmark, overall.cells) ?? {
        title: `${benchmark}: changes of answers`,
        reason: 'no agent answered in two rounds',
      },
  },
  {
    shows: 'throughput',
    ofAll: ({runLog: {ends, untimed}}) =>
      throughputOverTime(ends) ?? {
        title: 'Throughput over time',
        reason:
          untimed > 0
            ? 'the index lines have no times: the older system did not write them'
            : 'fewer than two conversations ended',
      },
  },
];

/** Added to what puts tasks together, some of which have their peers hidden. */
export const MIXED_WITH_CONTROL =
  'Tasks with peers_hidden, a control in which agents never see each other, are among those put together here.';

/** Returns the figures that the records can give, and why the others are not there. */
export function chooseFigures(data: FigureData): FigureOrReason[] {
  const benchmarks = [...new Set(data.overall.cells.map(({benchmark}) => benchmark))].sort();
  const isMixed = mixesPeersHidden(data.selection.tasks);
  const noteMixture = (figure: FigureOrReason): FigureOrReason =>
    'draw' in figure ? {...figure, description: `${figure.description} ${MIXED_WITH_CONTROL}`} : figure;
  return uniqueNames([
    ...benchmarks.flatMap(benchmark =>
      FIGURES.flatMap(({ofBenchmark, mixesTasks = false}) => {
        const figure = ofBenchmark?.(benchmark, data);
        return figure && isMixed && mixesTasks ? noteMixture(figure) : (figure ?? []);
      }),
    ),
    ...FIGURES.flatMap(({ofAll}) => ofAll?.(data) ?? []),
  ]);
}

/** Returns the list of figures as docs/report.md has it. */
export function figureMarkdown(): string {
  return `${FIGURES.map(({shows}) => `- ${shows}`).join('\n')}\n`;
}

/** Returns views from the most detailed on: large grids are drawn in less detail. */
function listViews({byCell, byFactor, overall}: FigureData): CellView[] {
  return [
    ...(byCell ? [{of: 'cell', columns: byCell.columns, cells: byCell.cells}] : []),
    ...byFactor.map(({factor, results: {columns, cells}}) => ({
      of: `value of ${shortName(factor.name)}`,
      columns,
      cells,
    })),
    {of: 'part', columns: [], cells: overall.cells},
  ];
}

/** Makes names unique, for they become files: two data sets may have equal slugs. */
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
