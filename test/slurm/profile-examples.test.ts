import {readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, expect, it} from 'vitest';
import {z} from 'zod';

import {parseYaml} from '../../src/config/yaml/yaml.ts';
import {systemClock} from '../../src/core/clock.ts';
import {schemaCommand} from '../../src/cli/commands/schema.ts';
import {describeKey, listKeys, PROFILE_KEYS} from '../../src/slurm/profile/profile-keys.ts';
import {profileJsonSchema} from '../../src/slurm/profile/profile-schema.ts';
import {readProfile} from '../../src/slurm/profile/read-profile.ts';
import {renderArrayScript} from '../../src/slurm/submit/render-script.ts';
import {complaintsAbout, hasShellcheck} from '../support/shellcheck.ts';
import {jobFacts} from './a-profile.ts';

const FOLDER = resolve(import.meta.dirname, '../../slurm/profiles');
const examples = readdirSync(FOLDER).filter(name => name.endsWith('.yaml'));

async function printed(kind: string): Promise<string> {
  let text = '';
  const stdout = {write: (piece: string) => void (text += piece), isTerminal: false, columns: 80};
  await schemaCommand(kind, {stdout, stderr: stdout, env: {}, cwd: '/', clock: systemClock});
  return text;
}

describe('the example profiles', () => {
  it.each(examples)(
    '%s is found by its name, valid for mac and for editors, with and without its comments',
    async file => {
      const name = file.replace('.yaml', '');
      const profile = await readProfile({selector: name, workspace: '/nowhere', cwd: '/', env: {}});
      expect(profile.name).toBe(name);
      const text = readFileSync(join(FOLDER, file), 'utf8');
      expect(text.startsWith('# yaml-language-server: $schema=./schema.json\n')).toBe(true);
      const whole = text.replaceAll(/^# (?=(?: *- |  \S|[a-z_]+:(?: |$)))/gm, '');
      for (const each of [text, whole]) {
        expect(z.fromJSONSchema(profileJsonSchema()).safeParse(parseYaml(each, file).value).error).toBeUndefined();
      }
      const script = renderArrayScript(
        {index: 0, name: 'n', spec: '0', throttle: undefined, gpus: 2},
        profile,
        jobFacts(),
      );
      if (hasShellcheck()) expect(await complaintsAbout(script)).toBe('');
    },
  );

  it('are three', () => {
    expect(examples).toEqual(['a100-modules.yaml', 'apptainer.yaml', 'cpu-external.yaml']);
  });
});

it('the keys of a profile stand in docs/slurm.md as the command prints them', async () => {
  const docs = readFileSync(resolve(import.meta.dirname, '../../docs/slurm.md'), 'utf8');
  expect(docs).toContain(`<!-- keys: begin -->\n\n${await printed('profile-keys')}\n<!-- keys: end -->`);
});

describe('the JSON Schema of a profile', () => {
  it('lies beside the examples as the command prints it', async () => {
    expect(readFileSync(join(FOLDER, 'schema.json'), 'utf8')).toBe(await printed('profile'));
  });

  it('has every key with its description, and refuses others', () => {
    const {properties} = profileJsonSchema() as {properties: Record<string, {description?: string}>};
    expect(Object.keys(properties)).toEqual(Object.keys(PROFILE_KEYS));
    for (const [key, declared] of listKeys()) expect(properties[key]?.description).toBe(describeKey(declared));
    expect(JSON.stringify(properties['container'])).toContain(PROFILE_KEYS.container.parts.binds.about);
    const accepts = (value: unknown): boolean => z.fromJSONSchema(profileJsonSchema()).safeParse(value).success;
    expect(accepts({partition: 'x', time: null, tasks_per_job: 'auto', environment: {A: 1}})).toBe(true);
    for (const wrong of [{partitoin: 'x'}, {cpus_per_task: 0}, {gpu_request: 'x'}, {container: {}}, {modules: 'x'}]) {
      expect(accepts(wrong), JSON.stringify(wrong)).toBe(false);
    }
  });
});
