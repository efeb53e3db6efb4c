import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import Handlebars from 'handlebars';

import {PACKAGE_ROOT} from '../../core/version.ts';
import {escapeInvisible} from '../../core/text/visible.ts';
import {BENCHMARKS} from '../metrics/benchmarks.ts';
import {toPageTable} from './page-table.ts';
import type {PageFigure} from './page-figure.ts';
import type {ReportPage} from './report-page.ts';
import type {TrialPage} from './trial-page.ts';

/** Marks every page that we wrote; a file without it is not ours. */
export const PAGE_MARK = '<meta name="generator" content="mac report">';

const PARTIALS = [
  'report-table',
  'report-figure',
  'report-methods',
  'report-references',
  ...BENCHMARKS.map(({methods}) => methods.template),
];

/**
 * The page. Every text is escaped; only our own style sheet and the pictures, in which Vega escaped every text, go in
 * as they are. Signs that cannot be seen, or turn the text behind them round, are written out everywhere.
 */
export function renderPage(page: ReportPage): string {
  return renderTemplate('report.hbs', page);
}

/** Renders the page of a study, a benchmark run or a suite, by the same rules. */
export function renderTrialPage(page: TrialPage): string {
  return renderTemplate('report-trials.hbs', page);
}

function renderTemplate(template: string, page: {readonly figures: readonly PageFigure[]}): string {
  const own = Handlebars.create();
  for (const name of PARTIALS) own.registerPartial(name, readTemplate(`${name}.hbs`));
  own.registerHelper('pageTable', toPageTable);
  own.registerHelper('breakable', breakable);
  own.registerHelper('italics', setItalics);
  const style = new Handlebars.SafeString(readTemplate('report.css'));
  const figures = page.figures.map(({wide, narrow, ...rest}) => ({
    ...rest,
    wide: new Handlebars.SafeString(wide),
    narrow: new Handlebars.SafeString(narrow),
  }));
  const render = own.compile(readTemplate(template), {strict: true});
  const html = render({...page, figures, style, mark: new Handlebars.SafeString(PAGE_MARK)});
  // To a browser both line ends are one.
  return escapeInvisible(html.replaceAll('\r\n', '\n'));
}

/** Allows line breaks in names of metrics and parameters, not in numbers: names would widen every table. */
function breakable(value: unknown): Handlebars.SafeString {
  const escaped = Handlebars.escapeExpression(String(value));
  return new Handlebars.SafeString(escaped.replace(/([_/]|\.(?!\d))(?=[A-Za-z0-9])/g, '$1<wbr>'));
}

/** Sets text between asterisks in italics. */
function setItalics(value: unknown): Handlebars.SafeString {
  const escaped = Handlebars.escapeExpression(String(value));
  return new Handlebars.SafeString(escaped.replace(/\*([^*]+)\*/g, '<cite>$1</cite>'));
}

function readTemplate(file: string): string {
  return readFileSync(join(PACKAGE_ROOT, 'templates', file), 'utf8');
}
