import {randomUUID} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, test} from 'vitest';

import {systemClock} from '../../src/core/clock.ts';
import {findActiveRuns} from '../../src/record/sets/find-runs.ts';
import {createLayout} from '../../src/record/layout.ts';
import {acquireLease} from '../../src/record/lease/lease.ts';
import {MAC, runMac} from '../support/mac.ts';
import {processesWith, untilNoneWith} from '../support/processes.ts';
import {countRecorded, recordsOf} from '../support/records.ts';
import {simulatedServerCommand, submitByHand} from '../support/submitted-grid.ts';
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
    await untilNoneWith(model);
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

  test('starts none for tasks that another executor has', async () => {
    const {workspace} = workspaceOf();
    const command = ['--server-command', 'touch started; exit 1 # {port}'];
    await runMac(['run', 'config/c.yaml', ...command], {cwd: workspace});
    const started = join(workspace, 'started');
    expect(existsSync(started)).toBe(true);
    rmSync(started);
    const layout = createLayout({workspace});
    const [run] = await findActiveRuns(layout, 'latest');
    const claim = await acquireLease({
      directory: join(layout.leases(run!.grid_id), '0'),
      name: 'lease',
      clock: systemClock,
    });
    if (claim.kind === 'held') throw new Error('nobody has this task');
    const {exitCode, stdout} = await runMac(['resume', '--local', ...command], {cwd: workspace});
    await claim.lease.release();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/not done: .*: another executor has this task: process \d+ on/);
    expect(existsSync(started)).toBe(false);
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
    await new Promise<void>(resolve =>
      running.stderr.on('data', (text: Buffer) => String(text).includes('stopping') && resolve()),
    );
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    await untilNoneWith(model);
  });
});

describe('mac resume --local of a grid that was submitted', () => {
  const profile = {
    setup_command: 'echo; [ "$LEAVE" = 1 ] && exit 3; latency() { echo 1; }',
    environment: {SEED: '5', LEAVE: '0'},
    server_restarts: 0,
    server_command: simulatedServerCommand('--latency-ms $(latency) --seed $SEED'),
  };

  test('starts servers with the profile of the last submission', async () => {
    const {workspace, model} = workspaceOf();
    const {gridId} = await submitByHand({workspace, profile});
    const {exitCode, stderr} = await runMac(['resume', gridId, '--local'], {cwd: workspace});
    expect(exitCode, stderr).toBe(0);
    expect(recordsOf(workspace).indexLines.length).toBe(12);
    await untilNoneWith(model);
  });

  test('lays flags over it, and takes another profile in its place', async () => {
    const {workspace, model} = workspaceOf();
    const {gridId} = await submitByHand({workspace, profile});
    const resume = ['resume', gridId, '--local'];
    const changed = await runMac([...resume, '--environment', 'LEAVE=1'], {cwd: workspace});
    expect(changed.exitCode).toBe(1);
    expect(changed.stderr).toContain('exit code 3');
    expect(changed.stdout).toContain(`mac resume ${gridId} --local --environment=LEAVE=1`);
    mkdirSync(join(workspace, 'slurm/profiles'), {recursive: true});
    const other = {server_command: 'echo from another profile; exit 1 # {port}', server_restarts: 0};
    writeFileSync(join(workspace, 'slurm/profiles/other.yaml'), JSON.stringify(other));
    const replaced = await runMac([...resume, '--profile', 'other'], {cwd: workspace});
    expect(replaced.stderr).toContain('    from another profile');
    const kept = await runMac([...resume, '--server-restarts', '1'], {cwd: workspace});
    expect(kept.exitCode, kept.stderr).toBe(0);
    await untilNoneWith(model);
  });
});

describe('the built-in vllm serve', () => {
  /** Takes the options of `vllm serve` and serves the simulated model; refuses one option, as older versions do. */
  const SHIM = `#!/bin/bash
names=() port=
while [ $# -gt 0 ]; do
  case "$1" in
    --attention-backend) echo "vllm: error: unrecognized arguments: --attention-backend $2" >&2; exit 2;;
    --served-model-name) shift; while [[ $# -gt 0 && "$1" != --* ]]; do names+=(--model "$1"); shift; done; continue;;
    --port) port=$2; shift;;
  esac
  shift
done
echo "backend $VLLM_ATTENTION_BACKEND"
exec ${process.execPath} ${MAC} serve-simulated --port "$port" "\${names[@]}"
`;

  test('is known by a name that only this start has, and makes do with an older version; resume --local too', async () => {
    const model = `org/m-${randomUUID()}`;
    const definition = `{backend: vllm, model_path: ${model}, max_num_seqs: 8, vllm_config: {attention_backend: XF}}`;
    const workspace = makeWorkspace({questions: 12, model: definition});
    const bin = join(workspace, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'vllm'), SHIM, {mode: 0o755});
    const env = {PATH: `${bin}:${process.env['PATH']}`};
    const failed = await runMac(['run', 'config/c.yaml'], {cwd: workspace, env});
    expect(failed.exitCode).toBe(1);
    const args = ['resume', 'latest', '--local', '--server-restarts', '1'];
    const {exitCode, stderr} = await runMac(args, {cwd: workspace, env});
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('using VLLM_ATTENTION_BACKEND instead; starting it again');
    const [log] = readdirSync(join(workspace, 'bookkeeping/server_log'));
    const text = readFileSync(join(workspace, 'bookkeeping/server_log', log!), 'utf8');
    expect(text).toContain('backend XF');
    expect(text).toMatch(new RegExp(`--served-model-name ${model} mac-[0-9a-f-]+ `));
    expect(recordsOf(workspace).indexLines.length).toBe(12);
    await untilNoneWith(model);
  });
});
