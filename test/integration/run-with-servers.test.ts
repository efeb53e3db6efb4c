import {randomUUID} from 'node:crypto';
import {mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';

import {MAC, runMac} from '../support/mac.ts';
import {processesWith, untilNoneWith} from '../support/processes.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {simulatedServerCommand} from '../support/submitted-grid.ts';
import {makeWorkspace} from '../support/workspace.ts';

function workspaceOf(questions = 12): {workspace: string; model: string} {
  const model = `org/m-${randomUUID()}`;
  return {
    model,
    workspace: makeWorkspace({questions, model: `{backend: vllm, model_path: ${model}, max_num_seqs: 8}`}),
  };
}

describe('mac run of a model without an address', () => {
  test('says how to have a server started', async () => {
    const {workspace} = workspaceOf();
    const {exitCode, stdout, stderr} = await runMac(['run', 'config/c.yaml'], {cwd: workspace});
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain('mac run --profile NAME or --server-command');
  });

  test('starts one with a profile, in whose shell the setup command has run, and stops it', async () => {
    const {workspace, model} = workspaceOf();
    mkdirSync(join(workspace, 'slurm/profiles'), {recursive: true});
    const profile = {
      setup_command: 'latency() { echo 1; }',
      environment: {SEED: '5'},
      server_command: simulatedServerCommand('--latency-ms $(latency) --seed $SEED'),
    };
    writeFileSync(join(workspace, 'slurm/profiles/here.yaml'), JSON.stringify(profile));
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml', '--profile', 'here'], {cwd: workspace});
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/server {3}m-.*: ready after/);
    expect(recordsOf(workspace).indexLines.length).toBe(12);
    expect(readdirSync(join(workspace, 'bookkeeping/server_log')).length).toBe(1);
    await untilNoneWith(model, 1);
  });

  test('tells why a server cannot be had; the questions stay null and can be resumed', async () => {
    const {workspace} = workspaceOf();
    const failing = ['--server-command', 'echo no GPU today; exit 1 # {port}'];
    const {exitCode, stdout, stderr} = await runMac(['run', 'config/c.yaml', ...failing], {cwd: workspace});
    expect(exitCode).toBe(1);
    expect(stderr).toContain('    no GPU today');
    expect(stdout).toMatch(/12 questions left/);
    const unknown = await runMac(['run', 'config/c.yaml', '--server-command', 'serve {prot}'], {cwd: workspace});
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('unknown placeholder {prot}');
  });

  test('leaves no server behind when it is left at once by a second Ctrl-C', async () => {
    const {workspace, model} = workspaceOf(60);
    const command = simulatedServerCommand('--latency-ms 3000');
    const running = execa(process.execPath, [MAC, 'run', 'config/c.yaml', '--server-command', command], {
      cwd: workspace,
      reject: false,
    });
    while (countRecorded(workspace) < 1) await new Promise(resolve => setTimeout(resolve, 20));
    const servers = processesWith('serve-simulated').filter(({command: line}) => line.includes(model));
    expect(servers.length).toBeGreaterThan(0);
    running.kill('SIGINT');
    await new Promise(resolve => setTimeout(resolve, 200));
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    await untilNoneWith(model, 10);
  });
});
