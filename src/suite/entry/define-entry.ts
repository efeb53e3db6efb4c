import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';

import {z} from 'zod';

import {errorMessage} from '../../core/errors.ts';
import {isMapping} from '../../core/mapping.ts';
import type {ConfigDefinition, ConfigValue} from '../config/define-config.ts';
import {SuiteError} from '../suite-error.ts';
import {makeContext, reportFailure, type EntryContext} from './context.ts';
import {describeFlags, readFlags} from './flags.ts';

/**
 * Runs the entry of a suite: `await defineEntry(Config, async (config, ctx) => …)` at the end of its module. The config
 * comes from `--config FILE`, a `config.json` of a case; flags of its fields go before the file. Without a file the
 * fields have their defaults.
 *
 * Ends the process with 2 when the config is wrong, with 1 when the work throws.
 */
export async function defineEntry<Shape extends z.ZodRawShape>(
  definition: ConfigDefinition<Shape>,
  work: (config: ConfigValue<Shape>, context: EntryContext) => Promise<void> | void,
): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv.includes('--help')) {
    process.stdout.write(`${describeEntry(definition.name, definition.schema)}\n`);
    return;
  }
  let started: {readonly config: ConfigValue<Shape>; readonly context: EntryContext};
  try {
    started = start(definition, argv);
  } catch (error) {
    refuse(definition.name, error);
    return;
  }
  try {
    await work(started.config, started.context);
  } catch (error) {
    if (error instanceof SuiteError) {
      refuse(definition.name, error);
      return;
    }
    reportFailure(process.env['MAC_RESULT_FILE'], error);
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}

function start<Shape extends z.ZodRawShape>(
  definition: ConfigDefinition<Shape>,
  argv: readonly string[],
): {readonly config: ConfigValue<Shape>; readonly context: EntryContext} {
  const {values, folder} = readConfigFile(readOption(argv, 'config'));
  const flags = readFlags(definition.schema, argv);
  const config = definition.create({...values, ...flags} as Parameters<typeof definition.create>[0]);
  const named = readOption(argv, 'output-dir') ?? folder ?? process.env['MAC_OUTPUT_DIR'];
  const context = makeContext({
    config: config as {readonly seed: number},
    outputDir: named === undefined ? undefined : resolve(named),
    resultFile: process.env['MAC_RESULT_FILE'],
    print: line => process.stdout.write(`${line}\n`),
  });
  return {config, context};
}

/** Reads the config of a case, and the folder that it names. @throws SuiteError when it is no config. */
function readConfigFile(path: string | undefined): {values: object; folder: string | undefined} {
  if (path === undefined) return {values: {}, folder: undefined};
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SuiteError(`--config ${path}: ${errorMessage(error)}`);
  }
  if (!isMapping(content))
    throw new SuiteError(`--config ${path}: found no JSON object, expected the fields of a config`);
  const {output_dir: folder, ...values} = content;
  return {values, folder: typeof folder === 'string' ? folder : undefined};
}

function readOption(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex(word => word === `--${name}` || word.startsWith(`--${name}=`));
  const word = argv[at];
  if (word === undefined) return undefined;
  const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : argv[at + 1];
  if (value === undefined || value === '') throw new SuiteError(`--${name}: found no value, expected a path`);
  return value;
}

/** Says what is wrong with the request, without a stack, and ends the process with 2. */
function refuse(name: string, error: unknown): void {
  const why = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
  process.stderr.write(`${name}: ${why}\n`);
  process.exitCode = 2;
}

function describeEntry(name: string, schema: z.ZodObject): string {
  return [
    `Runs one case of ${name}.`,
    '  --config FILE      config.json of a case; flags below go before it',
    '  --output-dir DIR   where it writes, instead of the folder of its config',
    ...describeFlags(schema),
  ].join('\n');
}
