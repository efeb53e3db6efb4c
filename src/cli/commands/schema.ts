import type {Command} from 'commander';

import {metricMarkdown} from '../../analyze/metrics/catalogue.ts';
import {schemaMarkdown} from '../../analyze/tables/schema.ts';
import {configJsonSchema} from '../../config/schema/json-schema.ts';
import {keyTables} from '../../config/schema/key-tables.ts';
import {UserError} from '../../core/errors.ts';
import {RECORD_KINDS, recordJsonSchema} from '../../record/json-schema.ts';
import {profileKeyTable} from '../../slurm/profile/profile-keys.ts';
import {profileJsonSchema} from '../../slurm/profile/profile-schema.ts';
import type {RunAction} from '../declare.ts';
import type {CommandIo, ExitCode} from '../io.ts';
import {renderErrorTables} from '../render/render-errors.ts';

const KINDS: Readonly<Record<string, () => string>> = {
  config: () => renderSchema(configJsonSchema()),
  profile: () => renderSchema(profileJsonSchema()),
  ...Object.fromEntries(RECORD_KINDS.map(kind => [kind, () => renderSchema(recordJsonSchema(kind))])),
  keys: keyTables,
  'profile-keys': profileKeyTable,
  tables: schemaMarkdown,
  metrics: metricMarkdown,
  errors: renderErrorTables,
};

function renderSchema(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

export function declareSchema(program: Command, run: RunAction): void {
  program
    .command('schema <kind>')
    .description(
      `Print a JSON Schema (config, profile, ${RECORD_KINDS.join(', ')}) or a Markdown table (keys, profile-keys, ` +
        'tables, metrics, errors)',
    )
    .action((kind: string) => run(io => schemaCommand(kind, io)));
}

/**
 * Prints the JSON Schema of a config or a cluster profile, for editors, or of a kind of record; or, as Markdown as in
 * docs/, every key, every column of the tables of results, every metric or every error code.
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
