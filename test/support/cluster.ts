import {existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {execa} from 'execa';
import {describe} from 'vitest';

import {processesWith, sendSignal} from './processes.ts';

const DEV_CLUSTER = resolve(import.meta.dirname, '../../slurm/dev-cluster/dev-cluster');

/** Slurm's daemons need root, and Debian's packages are the ones that let several nodes share a machine. */
const CAN_RUN_CLUSTER = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

export const HAS_MEMORY_CGROUP = existsSync('/sys/fs/cgroup/memory/cgroup.procs');

/** A suite that needs a real Slurm; skipped, loudly, where none can be started. */
export function describeOnCluster(title: string, body: () => void): void {
  if (!CAN_RUN_CLUSTER) console.warn(`SKIPPED: ${title}: a Slurm of our own needs root on Debian or Ubuntu`);
  describe.skipIf(!CAN_RUN_CLUSTER)(title, body);
}

/** Options of `dev-cluster up`; its usage text has the defaults. */
export interface ClusterOptions {
  readonly nodes?: number;
  readonly gpus?: number;
  readonly accounting?: boolean;
  /** Real OUT_OF_MEMORY; only where HAS_MEMORY_CGROUP. */
  readonly cgroups?: boolean;
  readonly maxArraySize?: number;
  readonly maxJobCount?: number;
  readonly maxSubmitJobs?: number;
  readonly killWait?: number;
  readonly nodeTimeout?: number;
  readonly minJobAge?: number;
  readonly requeueDelay?: number;
}

export interface CommandResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A real Slurm with three nodes of four pretend GPUs, in a folder of its own, beside any other on this machine. */
export class Cluster {
  /** Variables that a command needs to talk to this cluster, beside the caller's environment. */
  readonly env: {readonly SLURM_CONF: string; readonly PATH: string};
  readonly #stateDir: string;
  #options: ClusterOptions = {};

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.env = {SLURM_CONF: join(stateDir, 'etc/slurm.conf'), PATH: `${process.env['PATH']}:/usr/sbin:/sbin`};
  }

  /**
   * Runs any command against this cluster, without Slurm's variables of the caller. A failure is a result, not an
   * error.
   */
  async run(
    file: string,
    args: readonly string[] = [],
    options: {readonly cwd?: string; readonly input?: string} = {},
  ): Promise<CommandResult> {
    const own = Object.entries(process.env).filter(([name]) => !/^(SLURM|SBATCH|SQUEUE|SACCT|SALLOC|SRUN)_/.test(name));
    const {exitCode, stdout, stderr} = await execa(file, args, {
      ...options,
      env: {...Object.fromEntries(own), ...this.env},
      extendEnv: false,
      reject: false,
    });
    return {exitCode, stdout, stderr};
  }

  /**
   * Returns the output of a command that only asks. Asks again when a busy controller did not answer in time: silence
   * is no empty answer.
   */
  async ask(file: 'squeue' | 'sinfo' | 'sacct' | 'scontrol', args: readonly string[] = []): Promise<string> {
    return await this.waitFor(`an answer to ${file} ${args.join(' ')}`, async () => {
      const {exitCode, stdout} = await this.run(file, args);
      return exitCode === 0 && {stdout};
    }).then(({stdout}) => stdout);
  }

  /** Submits a script of one line, or with its own `#!`, and gives the job's id. */
  async submit(script: string, args: readonly string[] = []): Promise<string> {
    const text = script.startsWith('#!') ? script : `#!/bin/bash\n${script}\n`;
    const {exitCode, stdout, stderr} = await this.run('sbatch', ['--parsable', '--output=/dev/null', ...args], {
      cwd: this.#stateDir,
      input: text,
    });
    if (exitCode !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /**
   * Reads the fields of `scontrol show job` of a job or an element such as 12_3; none when the controller forgot it.
   */
  async showJob(id: string): Promise<Readonly<Record<string, string>>> {
    const {stdout} = await this.run('scontrol', ['show', 'job', '-o', id]);
    return Object.fromEntries([...stdout.matchAll(/(\S+?)=(\S*)/g)].map(match => [match[1]!, match[2]!]));
  }

  /** Waits until the job or element is in one of the states. */
  async waitForState(id: string, ...states: readonly string[]): Promise<Readonly<Record<string, string>>> {
    return await this.waitFor(`${id} to be ${states.join(' or ')}`, async () => {
      const job = await this.showJob(id);
      return states.includes(job['JobState'] ?? '') ? job : undefined;
    });
  }

  /** Asks again until there is an answer; fails after `seconds`, with the queue and what `tell` adds to it. */
  async waitFor<T>(
    what: string,
    ask: () => Promise<T | undefined | false>,
    seconds = 240,
    tell: () => string = () => '',
  ): Promise<T> {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    const {stdout} = await this.run('squeue', ['-r', '-t', 'all']);
    throw new Error(`Waited ${seconds} s for ${what}.\n${stdout}\n${tell()}`);
  }

  /**
   * Signals the processes of this cluster's jobs, and its step daemons, whose command line holds a text. Other tests
   * have clusters and model servers on this machine, too: whoever looks at command lines alone ends theirs.
   *
   * @returns how many it reached.
   */
  signal(text: string, signal: NodeJS.Signals): number {
    return processesWith(text).filter(({pid}) => this.#isOurs(pid) && sendSignal(pid, signal)).length;
  }

  /**
   * Processes of a job know the cluster; a step daemon writes its title over its environment, but has the node's log
   * open.
   */
  #isOurs(pid: number): boolean {
    const own = `SLURM_CONF=${this.env.SLURM_CONF}`;
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(own)) return true;
      const files = readdirSync(`/proc/${pid}/fd`).map(name => readlinkSync(`/proc/${pid}/fd/${name}`));
      return files.some(file => file.startsWith(join(this.#stateDir, 'log/')));
    } catch {
      return false; // it ended just now
    }
  }

  async cancelAll(): Promise<void> {
    await this.waitFor('an empty queue', async () => {
      await this.run('scancel', ['--user=root']);
      return (await this.ask('squeue', ['-h'])) === '';
    });
  }

  /**
   * Brings the cluster back to where a test finds it, wherever the one before stopped: every daemon runs and answers,
   * and nothing is queued.
   */
  async recover(): Promise<void> {
    await this.up(this.#options);
    await this.cancelAll();
  }

  /** A power cut: slurmd and all that its jobs started are gone at once. */
  async killNode(name: string): Promise<void> {
    await this.#devCluster(['kill', name]);
  }

  /** The node falls silent, as behind a broken network: its jobs go on. */
  async stopNode(name: string): Promise<void> {
    await this.#devCluster(['stop', name]);
  }

  /** After killNode or stopNode. The controller takes the node back within seconds. */
  async returnNode(name: string): Promise<void> {
    await this.#devCluster(['start', name]);
  }

  /** Everything that runs in the cluster dies, and its controller knows nothing of it afterwards. */
  async loseJobs(): Promise<void> {
    await this.#devCluster(['down']);
    await this.up(this.#options);
  }

  async freezeController(): Promise<void> {
    await this.#devCluster(['freeze', 'controller']);
  }

  async thawController(): Promise<void> {
    await this.#devCluster(['thaw', 'controller']);
  }

  async stopController(): Promise<void> {
    await this.#devCluster(['stop', 'controller']);
  }

  async startController(): Promise<void> {
    await this.#devCluster(['start', 'controller']);
  }

  /** Ends the cluster with everything that runs in it, and removes its folder. */
  async stop(): Promise<void> {
    await this.#devCluster(['down']);
    rmSync(this.#stateDir, {recursive: true, force: true});
  }

  async up(options: ClusterOptions): Promise<void> {
    this.#options = options;
    const args = Object.entries(options).flatMap(([name, value]) => {
      const option = `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
      if (typeof value === 'boolean') return value ? [option] : [];
      return [option, String(value)];
    });
    await this.#devCluster(['up', '--quiet', ...args]);
  }

  async #devCluster(args: readonly string[]): Promise<void> {
    await execa(DEV_CLUSTER, [...args, '--state-dir', this.#stateDir]);
  }
}

/** Starts a cluster: half a second, with accounting five; the first on a machine installs Slurm. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = new Cluster(mkdtempSync(join(tmpdir(), 'mac-cluster-')));
  try {
    await cluster.up(options);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}
