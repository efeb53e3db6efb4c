import {existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

import {errorMessage} from '../../core/errors.ts';
import {asMapping} from '../../core/mapping.ts';
import {canonicalJson, sha256} from '../../core/seeds/hash.ts';
import {seededRandom, type Random} from '../../core/seeds/random.ts';
import {SuiteError} from '../suite-error.ts';

/** The file of a case's numbers, in its folder. */
export const RESULT_FILE = 'results.json';

/** Everything that an entry has besides its config. */
export interface EntryContext {
  /** Folder of this case, absolute; it exists. @throws SuiteError where the entry was started without one. */
  readonly outputDir: string;
  /** Numbers in [0, 1) that follow from the config's seed: the same in every run. */
  readonly rng: Random;
  /**
   * Tells whether a file of an earlier run of the same config is in the folder, and then says that the case is already
   * complete: the entry returns. A file from before the config was changed does not count. Not a promise, which would
   * be true whenever its `await` is forgotten.
   */
  readonly skipIfDone: (file: string) => boolean;
  /**
   * Writes the numbers of the case to `results.json` in its folder, and reports them to whoever runs it.
   *
   * @param metrics finite numbers by name.
   * @param more anything else that JSON can hold.
   * @throws SuiteError for what is no finite number.
   */
  readonly writeResult: (metrics: Readonly<Record<string, number>>, more?: Readonly<Record<string, unknown>>) => void;
}

export interface ContextOptions {
  readonly config: Readonly<Record<string, unknown>> & {readonly seed: number};
  /** Absolute. */
  readonly outputDir: string | undefined;
  /** `$MAC_RESULT_FILE`: where whoever runs the entry reads what became of it. */
  readonly resultFile: string | undefined;
  readonly print: (line: string) => void;
}

/** Makes the context of one run of an entry. */
export function makeContext({config, outputDir, resultFile, print}: ContextOptions): EntryContext {
  const configHash = sha256(canonicalJson(config));
  const requireFolder = (): string => {
    if (outputDir !== undefined) return outputDir;
    throw new SuiteError('there is no output folder: run the suite, or give --output-dir DIR or --config FILE');
  };
  const report = (content: object): void => {
    if (resultFile !== undefined) writeWhole(resultFile, content);
  };
  return {
    get outputDir() {
      const folder = requireFolder();
      mkdirSync(folder, {recursive: true});
      return folder;
    },
    rng: seededRandom(`mac.suite/1 ${config.seed}`),
    skipIfDone: file => {
      const path = join(requireFolder(), file);
      if (!isDone(path, join(requireFolder(), 'config.json'), configHash)) return false;
      print(`already complete: ${path}`);
      report({
        status: 'skipped',
        reason: `already complete: ${file}`,
        metrics: asMapping(readJson(path))['metrics'] ?? {},
      });
      return true;
    },
    writeResult: (metrics, more = {}) => {
      for (const [name, value] of Object.entries(metrics)) {
        if (Number.isFinite(value)) continue;
        throw new SuiteError(`writeResult: ${name} is ${String(value)}, expected a finite number`);
      }
      writeWhole(join(requireFolder(), RESULT_FILE), {...more, config_sha256: configHash, metrics});
      report({...more, metrics});
    },
  };
}

/** Tells whoever runs the entry why it failed, in the words of what was thrown. */
export function reportFailure(resultFile: string | undefined, error: unknown): void {
  if (resultFile !== undefined) writeWhole(resultFile, {status: 'failed', reason: errorMessage(error)});
}

/** A file counts when it is not empty, no older than the config, and, where it tells its config, of this one. */
function isDone(path: string, configPath: string, configHash: string): boolean {
  if (!existsSync(path)) return false;
  const {size, mtimeMs} = statSync(path);
  if (size === 0) return false;
  if (existsSync(configPath) && mtimeMs < statSync(configPath).mtimeMs) return false;
  const written = asMapping(readJson(path))['config_sha256'];
  return written === undefined || written === configHash;
}

function readJson(path: string): unknown {
  if (!path.endsWith('.json')) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: a killed process leaves no half of it. */
function writeWhole(path: string, content: object): void {
  mkdirSync(dirname(path), {recursive: true});
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(beside, path);
}
