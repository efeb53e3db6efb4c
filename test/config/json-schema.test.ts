import {readFileSync, readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';

import {schemaCommand} from '../../src/cli/commands/schema.ts';
import {configJsonSchema} from '../../src/config/schema/json-schema.ts';
import {keyTables} from '../../src/config/schema/key-tables.ts';
import {schemaKeys} from '../../src/config/schema/schema-keys.ts';
import {parseYaml} from '../../src/config/yaml/yaml.ts';
import {systemClock} from '../../src/core/clock.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const accepts = (value: unknown): boolean => z.fromJSONSchema(configJsonSchema()).safeParse(value).success;

async function run(kind: string): Promise<string> {
  let printed = '';
  const stdout = {write: (text: string) => void (printed += text), isTerminal: false, columns: 80};
  expect(await schemaCommand(kind, {stdout, stderr: stdout, env: {}, cwd: ROOT, clock: systemClock})).toBe(0);
  return printed;
}

describe('the JSON Schema of a config', () => {
  const examples = readdirSync(join(ROOT, 'config')).filter(name => name.endsWith('.yaml'));
  const valueOf = (name: string): any => parseYaml(readFileSync(join(ROOT, 'config', name), 'utf8'), name).value;

  test.each(examples)('accepts the example %s', name => expect(accepts(valueOf(name))).toBe(true));

  test('accepts placeholders for texts, numbers, models and lists, and keys that the grid adds', () => {
    const value = valueOf('quickstart.yaml');
    value.retry_config.max_retries = '_';
    value.agent_definitions[0].role_specific_config = '_';
    value.agent_definitions[0].temperature = '_';
    value.model_definitions.llm_1 = '_';
    delete value.experiment_metadata.benchmark_subcategory;
    expect(accepts(value)).toBe(true);
    expect(accepts({...value, agent_definitions: '_'})).toBe(true);
  });

  test('refuses unknown keys and wrong values, in the grid too', () => {
    for (const change of [
      (value: any) => (value.retry_config.max_retry = 1),
      (value: any) => (value.retry_config.max_retries = 'x'),
      (value: any) => (value.agent_definitions[0].rol = 'x'),
      (value: any) => (value._grid.sweeps = {}),
      (value: any) => (value.model_definitions.llm_0.backend = 'tgi'),
      (value: any) => delete value.model_definitions,
    ]) {
      const value = valueOf('quickstart.yaml');
      change(value);
      expect(accepts(value), String(change)).toBe(false);
    }
  });

  test('describes every key', () => {
    expect(schemaKeys().filter(({description}) => description.length < 3)).toEqual([]);
    expect(schemaKeys().length).toBeGreaterThan(80);
  });

  test('lies beside the examples as the command prints it', async () => {
    expect(readFileSync(join(ROOT, 'config/schema.json'), 'utf8')).toBe(await run('config'));
  });
});

test('docs/configuration.md has the tables that the command prints', async () => {
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const tables = /<!-- keys: begin -->\n\n([^]*)\n<!-- keys: end -->/.exec(page)?.[1];
  expect(tables).toBe(await run('keys'));
  expect(tables).toBe(keyTables());
});

test('another kind of schema is refused with those that there are', async () => {
  for (const kind of ['plan', 'toString']) {
    await expect(run(kind)).rejects.toMatchObject({
      code: 'unknown-schema',
      hint: 'there is: config, profile, transcript, question, manifest, grid-manifest, index, trial, keys, profile-keys, tables, metrics, errors',
    });
  }
});
