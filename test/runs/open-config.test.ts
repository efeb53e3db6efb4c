import {expect, test} from 'vitest';

import {refuseKnownSecrets} from '../../src/runs/open/open-config.ts';
import {openConfig} from '../support/open-config.ts';
import {aCommandIo} from '../support/command-io.ts';
import {makeWorkspace} from '../support/workspace.ts';

const CONFIG = 'a: 1\nmodel: {api_config: {api_key_env: GATEWAY_KEY}}\nuser: 0123456789abcdef\n';
const refuse =
  (env: Record<string, string>, text = CONFIG) =>
  (): void => {
    refuseKnownSecrets({path: 'c.yaml', text}, env);
  };

test('the value of a variable that holds a key is refused wherever it is, and not printed', () => {
  expect(refuse({GATEWAY_KEY: '0123456789abcdef'})).toThrow('c.yaml:3: found the value of $GATEWAY_KEY');
  expect(refuse({WANDB_API_KEY: '0123456789abcdef'})).toThrow('$WANDB_API_KEY');
  expect(refuse({OPENAI_API_KEY: ' 0123456789abcdef\n'})).toThrow('$OPENAI_API_KEY');
  expect(refuse({GATEWAY_KEY: 'fedcba9876543210'}, `${CONFIG}# fedcba9876543210`)).toThrow(/c\.yaml:4: (?!.*fedcba)/);
});

test('other values, other variables and values that are no keys are no secrets', () => {
  expect(refuse({GATEWAY_KEY: 'fedcba9876543210', SHELL_TEXT: '0123456789abcdef'})).not.toThrow();
  expect(refuse({GATEWAY_KEY: 'a'})).not.toThrow();
  expect(refuse({})).not.toThrow();
});

test('an opened config compiles its repetitions, and is checked as the first one of now', async () => {
  const {io} = aCommandIo(makeWorkspace());
  const nowMs = Date.parse('2026-01-02T03:04:05.678Z');
  const opened = await openConfig('config/c.yaml', {...io, clock: {...io.clock, now: () => nowMs}});
  const {plan, problems} = await opened.check();
  expect(problems).toEqual([]);
  expect(plan).toMatchObject({name: 'config/c.yaml', size: 1, source: {sha256: opened.config.sha256}});
  expect(opened.compile().taskAt(0).key).toBe(plan.taskAt(0).key);
  expect(opened.compile(2, nowMs).taskAt(0).key).not.toBe(plan.taskAt(0).key);
});

test('a config with a secret is not opened', async () => {
  const workspace = makeWorkspace({extra: '# 0123456789abcdef'});
  const {io} = aCommandIo(workspace, {OPENAI_API_KEY: '0123456789abcdef'});
  await expect(openConfig('config/c.yaml', io)).rejects.toMatchObject({code: 'config-secret'});
  await expect(openConfig('config/none.yaml', io)).rejects.toMatchObject({code: 'config-missing'});
});
