import {cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, expect, test} from 'vitest';

import {planCommand} from '../../src/cli/commands/plan.ts';
import {aCommandIo} from '../support/command-io.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {question} from '../support/workspace.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const names = readdirSync(join(ROOT, 'config')).filter(name => name.endsWith('.yaml'));

/** Plans a shipped config in a workspace that has all question files. */
async function planOf(name: string): Promise<{exitCode: number; text: string}> {
  const cwd = temporaryFolder('mac-shipped-');
  for (const part of ['config', 'data']) cpSync(join(ROOT, part), join(cwd, part), {recursive: true});
  mkdirSync(join(cwd, 'data/bbq'));
  const config = readFileSync(join(ROOT, 'config', name), 'utf8');
  for (const [file] of config.matchAll(/data\/bbq\/\w+\.jsonl/g)) {
    writeFileSync(join(cwd, file), `${Array.from({length: 16}, (_, i) => question(`${file} ${i}`)).join('\n')}\n`);
  }
  const {io, written} = aCommandIo(cwd, {PATH: ''});
  return {exitCode: await planCommand(`config/${name}`, {}, io), text: written.stdout};
}

describe('the shipped configs', () => {
  test.each(names)('%s plans without a problem, given its data', async name => {
    const {exitCode, text} = await planOf(name);
    expect([exitCode, text.match(/^problem.*$/gm)]).toEqual([0, null]);
  });

  test('the one for a cluster asks for 4 GPUs a job and says what all of it costs', async () => {
    const {text} = await planOf('bbq_grid.yaml');
    expect(text).toContain('1,848 tasks in 1,848 jobs, 4 GPUs a job: about 636 GPU-hours');
    expect(text).not.toContain('a server on this machine');
  });

  test.each(['vllm.yaml', 'ollama.yaml'])(
    '%s, for one machine, says so first, and is warned of for Slurm',
    async name => {
      expect(readFileSync(join(ROOT, 'config', name), 'utf8')).toMatch(
        /^# yaml[^\n]*\n#\n# For one machine, with [^\n]* that YOU run on it/,
      );
      expect((await planOf(name)).text).toMatch(/warning: .*a server on this machine/);
    },
  );

  test.each(['vllm.yaml', 'ollama.yaml', 'bbq_grid.yaml'])('%s has the server keep replies to the shape', name => {
    expect(readFileSync(join(ROOT, 'config', name), 'utf8')).toContain('\n  structured_output: json_schema\n');
  });
});
