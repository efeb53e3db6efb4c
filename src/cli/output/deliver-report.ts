import {type FigureOrReason, isFigure} from '../../analyze/figures/figure.ts';
import {count} from '../../core/text/amounts.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import type {CommandIo} from '../io.ts';
import {writeOutput} from './output-file.ts';
import {writeFigures} from './report-files.ts';

/** Files of a report, as `checkTargets` allowed them. */
export interface ReportTargets {
  readonly page: string;
  /** Null: no files of figures are wanted. */
  readonly folder: string | null;
  /** Files of figures that an earlier report left there. */
  readonly earlier: readonly string[];
}

/** A report that is ready to be written. */
export interface ReadyReport {
  readonly html: string;
  readonly figures: readonly FigureOrReason[];
  readonly isComplete: boolean;
  /** The sentence that says what is missing. */
  readonly progress: string;
  readonly selection: string;
  readonly now: string;
  readonly version: string;
  /** Takes secrets out of a text. */
  readonly clean: (text: string) => string;
}

/** Writes the page and its figures, and prints what was written. @throws UserError `output-unwritable`. */
export async function deliverReport(
  report: ReadyReport,
  {page, folder, earlier, asJson}: ReportTargets & {readonly asJson: boolean},
  {stdout}: CommandIo,
): Promise<void> {
  const {figures, isComplete, progress, clean} = report;
  const html = clean(report.html);
  await writeOutput(() => writeFileAtomic(page, html));
  const written = folder === null ? [] : await writeOutput(() => writeFigures(folder, figures, {...report, earlier}));
  const bytes = Buffer.byteLength(html);
  if (asJson) {
    const absent = figures.filter(figure => !isFigure(figure));
    stdout.write(
      `${JSON.stringify({schema: 'mac.report/1', page, bytes, complete: isComplete, figures: written, absent}, null, 2)}\n`,
    );
    return;
  }
  stdout.write(`${page}: ${Math.ceil(bytes / 1024)} KiB, ${count(figures.filter(isFigure).length, 'figure')}\n`);
  if (folder !== null)
    stdout.write(`${folder}: ${count(written.length, 'figure')} as SVG, PNG, data and specification\n`);
  if (!isComplete) stdout.write(`${progress}\n`);
}
