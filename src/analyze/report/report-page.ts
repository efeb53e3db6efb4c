import {scrubConfig} from '../../config/scrub-config.ts';
import type {FigureOrReason} from '../figures/figure.ts';
import {isFigure} from '../figures/figure.ts';
import type {AnswerWarning} from '../score/warnings.ts';
import {describeMethods, type Methods} from './methods.ts';
import {buildCards, gridTable, computeProgress, listVersions, type CardView} from './overview.ts';
import type {PageFigure} from './page-figure.ts';
import {errorsTable, problemsTable} from './problem-tables.ts';
import type {ReportData} from './read/read-report.ts';
import {resultSections, type BenchmarkSection} from './result-sections.ts';
import {agentTable, factorTable, modelTable, settingsTable} from './settings-tables.ts';
import {slurmTable} from './slurm-jobs.ts';
import {count, formatInteger, truncateList} from '../../core/text/amounts.ts';
import type {Table} from '../../core/text/table.ts';
import {formatTimestamp} from './page-table.ts';

/** The template's values: plain texts, tables of them, and pictures that we drew. */
export interface ReportPage {
  readonly title: string;
  readonly selection: string;
  readonly writtenAt: string;
  readonly writtenBy: string;
  readonly isComplete: boolean;
  readonly progress: string;
  /** Conversations that the tables do not count: the head leads to the reasons. */
  readonly leavesOut: boolean;
  /** Warnings to read before any number. */
  readonly warnings: readonly string[];
  readonly cards: readonly CardView[];
  readonly ran: {
    readonly versions: string;
    readonly tables: readonly Table[];
    readonly configs: readonly {readonly name: string; readonly text: string}[];
    readonly moreConfigs: string;
  };
  readonly data: {
    readonly missing: readonly string[];
    readonly missingCount: string;
    readonly moreMissing: string;
    readonly tables: readonly Table[];
    readonly isClean: boolean;
  };
  readonly results: readonly BenchmarkSection[];
  readonly figures: readonly PageFigure[];
  readonly absent: readonly {readonly title: string; readonly reason: string}[];
  readonly methods: Methods;
}

export interface PageOptions {
  readonly title: string | undefined;
  readonly now: string;
  readonly version: string;
  readonly draws: number;
  /** Values that must not appear. */
  readonly secrets: readonly string[];
}

const MOST_CONFIGS = 5;
const MOST_MISSING = 200;

export function describePage(
  data: ReportData,
  figures: readonly FigureOrReason[],
  drawn: readonly PageFigure[],
  options: PageOptions,
): ReportPage {
  const {selection, factors, calls, configs} = data;
  const progress = computeProgress(data);
  const problems = [problemsTable(data), errorsTable(data)].filter(table => table !== null);
  const grids = gridTable(data);
  const jobs = slurmTable(data.slurm);
  const missing = selection.missing;
  return {
    title: options.title ?? `Report: ${selection.name}`,
    selection: selection.name,
    writtenAt: formatTimestamp(options.now),
    writtenBy: `mac ${options.version}`,
    isComplete: progress.isComplete,
    progress: progress.sentence,
    leavesOut: progress.leavesOut,
    warnings: collectWarnings(data),
    cards: buildCards(data, progress),
    ran: {
      versions: listVersions(data),
      tables: [
        ...(factors.length > 0 ? [factorTable(factors)] : []),
        ...(grids ? [grids] : []),
        ...(jobs ? [jobs] : []),
        modelTable(selection.tasks, calls),
        agentTable(selection.tasks),
        settingsTable(selection.tasks),
      ],
      configs: configs.slice(0, MOST_CONFIGS).map(({name, text}) => ({name, text: scrubConfig(text, options.secrets)})),
      moreConfigs: configs.length > MOST_CONFIGS ? formatInteger(configs.length - MOST_CONFIGS) : '',
    },
    data: {
      missing: missing.slice(0, MOST_MISSING),
      missingCount: missing.length > 0 ? count(missing.length, 'task') : '',
      moreMissing: missing.length > MOST_MISSING ? formatInteger(missing.length - MOST_MISSING) : '',
      tables: problems,
      isClean: problems.length === 0 && missing.length === 0,
    },
    results: resultSections(data),
    figures: drawn,
    absent: figures.flatMap(each => (isFigure(each) ? [] : [each])),
    methods: describeMethods(data, options.draws),
  };
}

/** Lists warnings about all tasks together, and those about single cells that add another kind. */
function answerWarnings({overall, byCell}: ReportData): string[] {
  const isReportedOverall = (one: AnswerWarning): boolean =>
    overall.warnings.some(({kind, benchmark}) => kind === one.kind && benchmark === one.benchmark);
  return [...overall.warnings, ...(byCell?.warnings ?? []).filter(each => !isReportedOverall(each))].map(
    ({benchmark, message, hint}) => `${benchmark}: ${message}. Hint: ${hint}.`,
  );
}

function collectWarnings(data: ReportData): string[] {
  const {selection, calls, overall} = data;
  const simulated = selection.tasks.some(({config}) =>
    config.agent_definitions.some(
      ({model}) => (config.model_definitions[model] as {backend?: string} | undefined)?.backend === 'simulated',
    ),
  );
  const servedSimulated = [...calls.models.values()].some(({served}) =>
    [...served].some(name => name.startsWith('simulated/')),
  );
  const benchmarks = new Set(overall.cells.map(({benchmark}) => benchmark));
  return [
    ...(simulated || servedSimulated
      ? ['These answers come from the built-in simulated model. They say nothing about any real model.']
      : []),
    ...(overall.cells.every(({conversations}) => conversations === 0)
      ? ['No conversation could be scored. The section on the data says why.']
      : []),
    ...(selection.name === 'all'
      ? [`Everything in the workspace is put together here: ${truncateList([...benchmarks], 5)}.`]
      : []),
    ...answerWarnings(data),
  ];
}
