import {execFileSync} from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

import {startCluster} from '../test/support/cluster.ts';
import {report} from './report.ts';

const MAC = resolve(import.meta.dirname, '../bin/mac.js');
const TASKS = 10_000;

/**
 * `mac submit`, `mac status` and `mac resume` of 10,000 tasks beside what Slurm's own commands take. Needs root on
 * Debian, for a Slurm of its own.
 */
export async function run(): Promise<void> {
  const cluster = await startCluster({maxJobCount: 30_000});
  const workspace = mkdtempSync(join(tmpdir(), 'mac-bench-'));
  try {
    writeWorkspace(workspace);
    const timed = timedCommands(workspace);
    const env = {...process.env, ...cluster.env, PATH: `${timed.path}:${cluster.env.PATH}`};
    const mac = (...args: string[]): {ms: number; besideSlurm: number} => {
      timed.reset();
      const start = performance.now();
      execFileSync(process.execPath, [MAC, ...args], {cwd: workspace, env, stdio: ['ignore', 'ignore', 'inherit']});
      const ms = performance.now() - start;
      return {ms, besideSlurm: ms - timed.total()};
    };
    const submit = mac('submit', 'config/c.yaml', '--mem', '100M', '--sbatch-lines=--begin=now+1hour');
    report(`mac submit of 10,000 tasks (${Math.round(submit.ms)} ms), beside sbatch`, submit.besideSlurm, 'ms', {
      value: 5_000,
      name: 'the limit',
    });
    const waiting = mac('status', 'latest');
    report(`mac status while all wait (${Math.round(waiting.ms)} ms), beside squeue`, waiting.besideSlurm, 'ms', {
      value: 1_000,
      name: 'the limit',
    });
    writeRecords(workspace);
    const half = mac('status', 'latest');
    report(
      `mac status with all begun and half done (${Math.round(half.ms)} ms), beside squeue`,
      half.besideSlurm,
      'ms',
      {value: 1_000, name: 'the limit'},
    );
    const resume = mac('resume', 'latest');
    report('mac resume when all are queued, beside squeue', resume.besideSlurm, 'ms', {
      value: 5_000,
      name: 'the limit',
    });
  } finally {
    await cluster.stop();
    rmSync(workspace, {recursive: true});
  }
}

function writeWorkspace(workspace: string): void {
  mkdirSync(join(workspace, 'config'));
  const question = {
    question_id: 'a',
    source_dataset: 'T',
    source_id: 'a',
    question_type: 'binary',
    context: '',
    question: 'Q?',
    choices: [
      {id: 'A', text: 'Yes'},
      {id: 'B', text: 'No'},
    ],
    correct_answer_id: 'A',
    schema_version: '1',
  };
  writeFileSync(join(workspace, 'q.jsonl'), `${JSON.stringify(question)}\n`);
  const hundred = JSON.stringify(Array.from({length: 100}, (_, i) => `p${i}`));
  writeFileSync(
    join(workspace, 'config/c.yaml'),
    `_grid: {sweep: {agent_definitions.0.persona: ${hundred}, agent_definitions.0.demographics: ${hundred}}}
experiment_metadata: {experiment_name: e_as-human, benchmark_subcategory: b, schema_version: '1', questions_file: q.jsonl}
conversation_config: {routing_strategy: vanilla, max_rounds: 1}
retry_config: {max_retries: 2, answer_match_threshold: 0.75, retry_on_validation_error: true, retry_on_generation_error: true}
identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true}
model_definitions:
  m: {backend: simulated}
agent_definitions:
  - {agent_id: a, role: participant, if_as_human: true, model: m, temperature: 0, max_tokens: 100}
  - {agent_id: b, role: participant, if_as_human: false, model: m, temperature: 0, max_tokens: 100}
`,
  );
}

/** Slurm's commands behind scripts that write down how long each call took. */
function timedCommands(workspace: string): {path: string; reset: () => void; total: () => number} {
  const path = join(workspace, 'timed');
  const times = join(workspace, 'times');
  mkdirSync(path);
  for (const name of ['sbatch', 'squeue', 'sacct', 'scontrol', 'sinfo', 'scancel']) {
    const script = join(path, name);
    const lines = [
      '#!/bin/bash',
      'start=$EPOCHREALTIME',
      `/usr/bin/${name} "$@"; code=$?`,
      `echo $(( (\${EPOCHREALTIME/./} - \${start/./}) / 1000 )) >> ${times}`,
      'exit $code',
    ];
    writeFileSync(script, `${lines.join('\n')}\n`);
    chmodSync(script, 0o755);
  }
  return {
    path,
    reset: () => writeFileSync(times, ''),
    total: () =>
      readFileSync(times, 'utf8')
        .split('\n')
        .reduce((sum, line) => sum + Number(line), 0),
  };
}

/** Records as executors leave them: every second task done. */
function writeRecords(workspace: string): void {
  const root = join(workspace, 'bookkeeping/task_record');
  const [grid] = readdirSync(root);
  for (let task = 0; task < TASKS; task++) {
    const isDone = task % 2 === 0;
    const record = {
      schema: 'mac.task-record/1',
      task_id: task,
      task_key: `${task}`,
      experiment_name: 'e_as-human',
      benchmark_subcategory: 'b',
      status: isDone ? 'succeeded' : 'started',
      attempt: 1,
      started_at: '2026-11-21T12:00:00.000000Z',
      completed_at: isDone ? '2026-11-21T12:10:00.000000Z' : null,
      questions: {total: 1, succeeded: isDone ? 1 : 0},
      config_snapshot_path: '$MAC_FAIRNESS_WORKSPACE/bookkeeping/config_snapshot/b/e_20261121T120000.000Z.yaml',
      manifest_path: `$MAC_FAIRNESS_WORKSPACE/experiment/b/e_as-human/task_manifest/${task}.json`,
      where: {host: 'n1', boot_id: null, pid_namespace: null, pid: 1, pid_start: null, nonce: 'x'},
    };
    writeFileSync(join(root, grid!, `${task}.json`), JSON.stringify(record, null, 2));
  }
  appendFileSync(join(workspace, 'times'), '');
}
