import {UserError} from '../../core/errors.ts';
import {BBQ_SHAPE, checkRawRows, DISCRIM_EVAL_SHAPE, type RawShape} from './check-raw-rows.ts';
import {describeForeignFormat} from './file-kind.ts';
import {formatBbq} from './format-bbq.ts';
import {formatDiffAware} from './format-diffaware.ts';
import {formatDiscrimEval} from './format-discrimeval.ts';
import type {FormattedRow, RawProblem} from './formatted-row.ts';
import {readPickle} from './pickle.ts';

/** Converts one data set's raw files to question files. `stem`: the raw file's name without its extension. */
export interface Formatter {
  readonly extension: '.jsonl' | '.pkl';
  /** Returns the name of the question file. */
  readonly makeFileName: (stem: string) => string;
  /** Returns problems of the file or its rows. @throws UserError `raw-data-invalid` when it cannot be read at all. */
  readonly check: (bytes: Uint8Array) => readonly RawProblem[];
  readonly format: (bytes: Uint8Array, stem: string) => FormattedRow[];
}

const FORMATTERS: Readonly<Record<string, Formatter>> = {
  bbq: {
    extension: '.jsonl',
    makeFileName: stem => `bbq_${stem.toLowerCase()}.jsonl`,
    check: bytes => checkLines(bytes, BBQ_SHAPE),
    format: (bytes, stem) => formatBbq(decode(bytes), stem.toLowerCase()),
  },
  discrimeval: {
    extension: '.jsonl',
    makeFileName: stem => `discrimEval_${stem}.jsonl`,
    check: bytes => checkLines(bytes, DISCRIM_EVAL_SHAPE),
    format: (bytes, stem) => formatDiscrimEval(decode(bytes), stem),
  },
  diffaware: {
    extension: '.pkl',
    makeFileName: stem => `diffAware_${stem.toLowerCase()}.jsonl`,
    check: bytes => {
      const rows = formatDiffAware(readPickle(bytes), '');
      return rows.length > 0 ? [] : [{message: 'found no rows, expected lists of [text, label, example id]'}];
    },
    format: (bytes, stem) => formatDiffAware(readPickle(bytes), stem.toLowerCase()),
  },
};

/** @throws UserError `unknown-benchmark`. */
export function findFormatter(benchmark: string): Formatter {
  const name = benchmark.toLowerCase();
  const formatter = Object.hasOwn(FORMATTERS, name) ? FORMATTERS[name] : undefined;
  if (formatter) return formatter;
  throw new UserError('unknown-benchmark', `no formatter for "${benchmark}"`, {
    hint: `one of: ${Object.keys(FORMATTERS).join(', ')}`,
  });
}

/** Returns the problems of a raw file or its rows, also when it cannot be read at all. */
export function checkRawFile(bytes: Uint8Array, formatter: Formatter): readonly RawProblem[] {
  try {
    return formatter.check(bytes);
  } catch (error) {
    if (error instanceof UserError) return [{message: error.message}];
    throw error;
  }
}

function checkLines(bytes: Uint8Array, shape: RawShape): RawProblem[] {
  const other = describeForeignFormat(bytes);
  if (other !== undefined) return [{message: other}];
  return checkRawRows(decode(bytes), shape);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch (error) {
    throw new UserError('raw-data-invalid', 'not UTF-8 text', {cause: error});
  }
}
