import type {Command} from 'commander';

import {metricMarkdown} from '../../analyze/metrics/catalogue.ts';
import {schemaMarkdown} from '../../analyze/tables/schema.ts';
import {configJsonSchema} from '../../config/schema/json-schema.ts';
import {keyTables} from '../../config/schema/key-tables.ts';
import {UserError} from '../../core/errors.ts';
import {profileKeyTable} from '../../slurm/profile/profile-keys.ts';
import {profileJsonSchema} from '../../slurm/profile/profile-schema.ts';
import {renderErrorTables} from '../render/render-errors.ts';
import type {RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';

const KINDS: Readonly<Record<string, () => string>> = {
  config: () => `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  profile: () => `${JSON.stringify(profileJsonSchema(), null, 2)}\n`,
  keys: keyTables,
  'profile-keys': profileKeyTable,
  tables: schemaMarkdown,
  metrics: metricMarkdown,
  errors: renderErrorTables,
};

export function declareSchema(program: Command, run: RunAction): void {
  program
    .command('schema <kind>')
    .description(
      'Print a JSON Schema (config, profile) or a Markdown table (keys, profile-keys, tables, metrics, errors)',
    )
    .action((kind: string) => run(io => schemaCommand(kind, io)));
}

/**
 * `mac schema config`, `mac schema profile`: the JSON Schema of a config or a cluster profile, for editors; `mac schema
 * keys`, `mac schema profile-keys`, `mac schema tables`, `mac schema metrics`: every key, every column of the tables of
 * results and every metric as Markdown, as in docs/.
 *
 * @throws UserError `unknown-schema`.
 */
export async function schemaCommand(kind: string, io: CommandIo): Promise<ExitCode> {
  const render = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!render) {
    throw new UserError('unknown-schema', `no schema "${kind}"`, {hint: `there is: ${Object.keys(KINDS).join(', ')}`});
  }
  io.stdout.write(render());
  return Promise.resolve(0);
}
