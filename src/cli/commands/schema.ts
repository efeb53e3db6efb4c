import {UserError} from '../../core/errors.ts';
import {configJsonSchema} from '../../config/json-schema.ts';
import type {CommandIo, ExitCode} from '../io.ts';

/** `mac schema config`: the JSON Schema of a config, for editors. */
export async function schemaCommand(kind: string, io: CommandIo): Promise<ExitCode> {
  if (kind !== 'config') throw new UserError('unknown-schema', `no schema "${kind}"`, {hint: 'there is: config'});
  io.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  return Promise.resolve(0);
}
