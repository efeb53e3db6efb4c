import {UserError} from '../../core/errors.ts';
import {type BenchOverrides, overrideBench} from '../../plan/bench/override.ts';
import type {CheckedTrials} from '../../plan/compile-trials.ts';
import type {ConfigDocument} from '../../plan/front-end.ts';
import type {Layout} from '../../record/layout.ts';
import type {Caller} from '../caller.ts';
import {openFile} from '../open/open-config.ts';

/** A benchmark matrix that was read and compiled. */
export interface OpenedMatrix extends CheckedTrials {
  readonly layout: Layout;
  readonly document: ConfigDocument;
  /** Folder of the file, absolute. */
  readonly home: string;
}

/**
 * Reads a matrix with flags laid over it.
 *
 * @param runName of its run, instead of a new one.
 * @throws UserError `bench-usage` for a file of another kind, and as `openFile`.
 */
export async function openMatrix(
  path: string,
  overrides: BenchOverrides,
  caller: Pick<Caller, 'env' | 'cwd' | 'clock'>,
  runName?: string,
): Promise<OpenedMatrix> {
  const opened = await openFile(path, caller, {edit: text => overrideBench(text, overrides), runName});
  if (opened.makes === 'trials' && opened.config.frontEnd.name === 'bench') {
    const {layout, config, context} = opened;
    return {...opened.compile(), layout, document: config.document, home: context.home};
  }
  const kind = opened.config.frontEnd.name;
  throw new UserError('bench-usage', `${path} is a ${kind}, not a benchmark matrix`, {
    hint: `mac plan ${path} shows it; a matrix has tasks and trainers`,
  });
}
