import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {runMac} from '../support/mac.ts';
import {config, makeWorkspace} from '../support/workspace.ts';

/** Returns the output of `mac plan` for a config, of both channels. */
async function complaints(text: string, ...options: string[]): Promise<string> {
  const workspace = makeWorkspace();
  writeFileSync(join(workspace, 'config/c.yaml'), text);
  const {exitCode, stdout, stderr} = await runMac(['plan', 'config/c.yaml', ...options], {cwd: workspace});
  expect(exitCode).toBe(2);
  return stdout + stderr;
}

const BAD = config().replace('max_rounds: 1', 'max_rounds: 0');

test.each<[string, string, readonly RegExp[]]>([
  [
    'a number of YAML 1.1, and what the schema and the rules say',
    BAD.replace('max_tokens: 100', 'max_tokens: 010').replace('role: participant', 'role: nobody'),
    [/max_tokens: found 010/, /max_rounds: found 0/, /role: found "nobody"/],
  ],
  [
    'a key twice, with both places, and another, and the schema',
    `${BAD}\nretry_config: {max_retries: 1, max_retries: 2}\n`,
    [
      /the key retry_config a second time, expected every key once: it stands at \d+:1/,
      /the key max_retries a second time/,
      /max_rounds/,
    ],
  ],
  [
    'a grid that does not expand, and the base config, but not what the grid should fill in',
    `_grid: {sweep: {agent_definitions.0.persona: [], agent_definitions.0.role: 5}}\n${BAD.replace('persona: doctor', 'persona: _')}`,
    [/persona: found a list that has no values/, /role: found 5, expected a list/, /max_rounds: found 0/],
  ],
  [
    'a misreading, a grid and the schema',
    `_grid: {sweeps: {agent_definitions.0.persona: [010]}}\n${BAD}`,
    [/found 010/, /unknown key "sweeps"/, /max_rounds: found 0/],
  ],
])('everything that is wrong is told at once: %s', async (_what, text, parts) => {
  const told = await complaints(text);
  for (const part of parts) expect(told).toMatch(part);
  expect(told).not.toContain('placeholder');
});

test('one slip in the syntax is told once', async () => {
  expect((await complaints('{{{{')).trim().split('\n').length).toBe(1);
});
