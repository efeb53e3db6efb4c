import {open, readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';

import {type FigureOrReason, isFigure} from '../../analyze/figures/figure.ts';
import {FIGURE_FILE, figureFiles, type FigureList} from '../../analyze/report/figure-files.ts';
import {PAGE_MARK} from '../../analyze/report/render-page.ts';
import {errorMessage, systemErrorCode, UserError} from '../../core/errors.ts';
import {removeIfExists, writeFileAtomic} from '../../record/disk/atomic-file.ts';

const FIGURE_LIST = 'figures.json';

interface Targets {
  readonly page: string;
  /** Null: no files of figures are wanted. */
  readonly figures: string | null;
  readonly force: boolean;
}

/**
 * Checks where a report is to be written before anything is read: our own files may be replaced, others only with
 * --force.
 *
 * @returns files of figures that an earlier report left there.
 * @throws UserError `report-exists`, `report-target`.
 */
export async function checkTargets({page, figures, force}: Targets): Promise<readonly string[]> {
  await checkPage(page, force);
  if (figures === null) return [];
  return checkFigures(figures, force);
}

async function checkPage(path: string, force: boolean): Promise<void> {
  const kind = await statKind(path);
  if (kind === 'absent') return;
  if (kind !== 'file') {
    throw new UserError('report-target', `${path} is not a file`, {hint: 'name a file: -o report.html'});
  }
  if (force || (await readHead(path)).includes(PAGE_MARK)) return;
  throw new UserError('report-exists', `${path} exists and was not written by mac report`, {
    hint: 'name another file with -o, or replace it with --force',
  });
}

async function checkFigures(folder: string, force: boolean): Promise<readonly string[]> {
  const kind = await statKind(folder);
  if (kind === 'absent') return [];
  if (kind !== 'folder') {
    throw new UserError('report-target', `${folder} is not a folder`, {hint: 'name a folder: --figures figures'});
  }
  const names = await readdir(folder).catch((error: unknown) => {
    throw new UserError('report-target', `cannot look into ${folder}: ${errorMessage(error)}`, {cause: error});
  });
  const ours = await readList(folder);
  if (names.length === 0 || ours || force) return ours ?? [];
  throw new UserError('report-exists', `${folder} holds files that mac report did not write`, {
    hint: 'name an empty or new folder with --figures, or write among them with --force',
  });
}

/** Returns the files of an earlier report; undefined without a list written by mac. */
async function readList(folder: string): Promise<string[] | undefined> {
  try {
    const list = JSON.parse(await readFile(join(folder, FIGURE_LIST), 'utf8')) as Partial<FigureList>;
    if (list.schema !== 'mac.figures/1') return undefined;
    return (list.figures ?? []).flatMap(({files}) => files).filter(name => FIGURE_FILE.test(name));
  } catch {
    return undefined;
  }
}

async function statKind(path: string): Promise<'absent' | 'file' | 'folder' | 'other'> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'absent';
    throw new UserError('report-target', `cannot look at ${path}: ${errorMessage(error)}`, {cause: error});
  }
}

const HEAD_BYTES = 2048;

async function readHead(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const {buffer, bytesRead} = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new UserError('report-target', `cannot read ${path}: ${errorMessage(error)}`, {cause: error});
  }
}

/** Writes the figures as files, with a list of them, and removes those of an earlier report. Returns the list. */
export async function writeFigures(
  folder: string,
  figures: readonly FigureOrReason[],
  {
    earlier,
    clean,
    now,
    version,
    selection,
  }: {
    readonly earlier: readonly string[];
    readonly clean: (text: string) => string;
    readonly now: string;
    readonly version: string;
    readonly selection: string;
  },
): Promise<FigureList['figures']> {
  const written: FigureList['figures'][number][] = [];
  for await (const {figure, files} of figureFiles(figures, clean)) {
    for (const {name, content} of files) await writeFileAtomic(join(folder, name), content, {durable: false});
    const {name, title, description} = figure;
    written.push({name, title, description, files: files.map(file => file.name)});
  }
  const list: FigureList = {
    schema: 'mac.figures/1',
    written_at: now,
    mac_version: version,
    selection,
    figures: written,
    absent: figures.flatMap(figure => (isFigure(figure) ? [] : [figure])),
  };
  await writeFileAtomic(join(folder, FIGURE_LIST), `${clean(JSON.stringify(list, null, 2))}\n`);
  // Figures of an earlier report are outdated.
  const current = new Set(written.flatMap(({files}) => files));
  for (const name of earlier) if (!current.has(name)) await removeIfExists(join(folder, name));
  return written;
}
