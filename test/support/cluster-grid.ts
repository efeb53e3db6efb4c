import {mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';

import type {Cluster} from './cluster.ts';
import {runMac, type MacResult} from './mac.ts';
import {untilNoneWith} from './processes.ts';
import {countRecorded, recordsOf} from './records.ts';
import {simulatedServerCommand} from './submitted-grid.ts';
import {temporaryFolder} from './temporary-folder.ts';
import {question, SECTIONS} from './workspace.ts';

export interface ClusterGridOptions {
  readonly tasks?: number;
  /** Of each task. */
  readonly questions?: number;
  /** True if its servers hurry from the start, and not only after `hurry()`. */
  readonly hurries?: boolean;
  /** The server hook instead of the simulated model's. */
  readonly server?: string;
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly workspace?: string;
}

/**
 * A grid on a real cluster, from `mac submit` to `mac resume`, whose jobs start a simulated model as their server.
 * Servers that start before `hurry()` take their time, so that every fault finds its task at work on any machine; those
 * after it are quick.
 */
export class ClusterGrid {
  readonly workspace: string;
  readonly tasks: number;
  readonly questions: number;
  readonly #cluster: Cluster;
  /** Not in the workspace, whose disk may be full. */
  readonly #hurry = join(temporaryFolder('mac-hurry-'), 'hurry');

  constructor(cluster: Cluster, options: ClusterGridOptions = {}) {
    const {tasks = 4, questions = 12, hurries = false, workspace = temporaryFolder('mac-cluster-grid-')} = options;
    const {server = this.server(), profile = {}} = options;
    if (hurries) this.hurry();
    this.#cluster = cluster;
    this.workspace = workspace;
    this.tasks = tasks;
    this.questions = questions;
    mkdirSync(join(workspace, 'config'), {recursive: true});
    mkdirSync(join(workspace, 'slurm/profiles'), {recursive: true});
    writeFileSync(
      join(workspace, 'q.jsonl'),
      `${Array.from({length: questions}, (_, i) => question(`q${i}`)).join('\n')}\n`,
    );
    writeFileSync(join(workspace, 'config/grid.yaml'), gridConfig(tasks));
    const keys = {partition: 'gpu', time: '0:10:00', mem: '2G', signal_lead_seconds: 60, server_command: server};
    writeFileSync(join(workspace, 'slurm/profiles/test.yaml'), JSON.stringify({...keys, ...profile}));
  }

  /**
   * The server hook of its model. @param slowMs median latency of a request before `hurry()`; a task of 12 questions
   * takes about 24 of them.
   */
  server(slowMs = 500): string {
    const latency = `$([ -e ${this.#hurry} ] && echo 20 || echo ${slowMs})`;
    return simulatedServerCommand(`--slots 2 --latency-ms ${latency} --sigma 0.1`);
  }

  hurry(): void {
    writeFileSync(this.#hurry, '');
  }

  async mac(args: readonly string[]): Promise<MacResult> {
    return runMac(args, {cwd: this.workspace, env: this.#cluster.env});
  }

  /** @returns the ids of the arrays. */
  async submit(flags: readonly string[] = []): Promise<string[]> {
    const {exitCode, stdout, stderr} = await this.mac(['submit', 'config/grid.yaml', '--profile', 'test', ...flags]);
    expect(exitCode, stderr + stdout).toBe(0);
    return this.jobIds();
  }

  get gridId(): string {
    return readdirSync(join(this.workspace, 'bookkeeping/slurm')).find(name => name !== 'code')!;
  }

  /** Of the latest submission. */
  jobIds(): string[] {
    const folder = join(this.workspace, 'bookkeeping/slurm', this.gridId);
    const submissions = readdirSync(folder).filter(name => /^submission_\d+\.json$/.test(name));
    const last = JSON.parse(readFileSync(join(folder, `submission_${submissions.length}.json`), 'utf8'));
    return last.arrays.map((array: any) => array.job_id);
  }

  async untilRecorded(count: number): Promise<void> {
    await this.#cluster.waitFor(`${count} questions`, () => Promise.resolve(countRecorded(this.workspace) >= count));
  }

  /**
   * Waits until nothing is queued, and lets jobs that are to begin later begin now: Slurm holds a requeued element back
   * for two minutes, which the test does not wait for.
   */
  async untilQueueIsEmpty(): Promise<void> {
    const ask = async (): Promise<boolean> => {
      const lines = (await this.#cluster.ask('squeue', ['-h', '-r', '-o', '%i|%r'])).split('\n').filter(Boolean);
      for (const [id, reason] of lines.map(line => line.split('|'))) {
        if (reason === 'BeginTime') await this.#cluster.run('scontrol', ['update', `JobId=${id}`, 'StartTime=now']);
      }
      return lines.length === 0;
    };
    await this.#cluster.waitFor('an empty queue', ask);
  }

  /** Resumes until nothing is left, as a user would; what is expected of every fault. */
  async expectDoneAfterResume(attempts = 3): Promise<void> {
    this.hurry();
    for (let attempt = 0; attempt < attempts; attempt++) {
      await this.untilQueueIsEmpty();
      await this.untilNobodyWorks();
      if (recordsOf(this.workspace).archives.length > 0) break;
      const {exitCode, stderr, stdout} = await this.mac(['resume', this.gridId]);
      expect([0, 1], stderr + stdout).toContain(exitCode);
    }
    await this.untilQueueIsEmpty();
    await this.untilNobodyWorks();
    this.expectNothingLostOrTwice();
  }

  /**
   * Waits until no executor is left. Without cgroups Slurm loses sight of processes: an executor can outlive the shell
   * of its job; it goes on, and nobody else gets its task.
   */
  async untilNobodyWorks(): Promise<void> {
    await untilNoneWith(`slurm-element --submission ${this.workspace}`);
  }

  /** Every question of every task has one transcript and one index line that counts, and the grid is in the archive. */
  expectNothingLostOrTwice(): void {
    const {transcripts, indexLines, archives, manifests} = recordsOf(this.workspace);
    const total = this.tasks * this.questions;
    const nameOf = (record: any): string =>
      `${record.experiment_metadata.experiment_name} ${record.experiment_metadata.question_id}`;
    expect(new Set(transcripts.map(nameOf)).size).toBe(total);
    expect(transcripts.length).toBe(total);
    const succeeded = indexLines.filter(line => line.status === 'succeeded');
    expect(new Set(succeeded.map(line => line.transcript_path)).size).toBe(total);
    expect(succeeded.length).toBe(total);
    expect(manifests).toEqual([]);
    expect(archives.length).toBe(1);
    expect(archives[0].manifest.num_tasks_succeeded).toBe(this.tasks);
  }
}

function gridConfig(tasks: number): string {
  const personas = Array.from({length: tasks}, (_, i) => `nurse${i}`);
  return `
_grid:
  sweep: {agent_definitions.0.persona: [${personas.join(', ')}]}
  derive: {experiment_metadata.experiment_name: 'e_{agent_definitions.0.persona}_as-human'}
experiment_metadata: {experiment_name: _, benchmark_subcategory: b, schema_version: '2025-12-10', questions_file: q.jsonl}
conversation_config: {routing_strategy: vanilla, max_rounds: 1}
retry_config: ${SECTIONS.retry}
identity_reveal_config: ${SECTIONS.reveal}
model_definitions:
  m: {backend: vllm, model_path: org/m, max_num_seqs: 2}
agent_definitions:
  - {agent_id: a, role: participant, persona: _, if_as_human: true, model: m, temperature: 0, max_tokens: 100}
  - {agent_id: b, role: participant, if_as_human: false, model: m, temperature: 0, max_tokens: 100}
`;
}
