import {UserError} from '../../core/errors.ts';

export type SlurmProgram = 'sbatch' | 'squeue' | 'sacct' | 'scontrol' | 'scancel' | 'sinfo';

/** Output and exit code of a Slurm command. */
export interface SlurmAnswer {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal or our time-out ended it. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
}

/**
 * Runs a command of Slurm to its end; a failure is an answer, not an error.
 *
 * @throws UserError `slurm-missing` when the command is not installed or may not be run.
 */
export type RunSlurm = (program: SlurmProgram, args: readonly string[]) => Promise<SlurmAnswer>;

/**
 * Time-outs. sbatch itself waits up to 120 s for a full controller (MaxJobCount); giving up earlier would leave it
 * unknown whether a job was made. The other commands only ask, and are asked again.
 */
const TIMEOUT_MS: Readonly<Record<SlurmProgram, number>> = {
  sbatch: 180_000,
  squeue: 60_000,
  sacct: 60_000,
  scontrol: 60_000,
  scancel: 90_000,
  sinfo: 60_000,
};

/**
 * Runs this machine's Slurm commands, without a shell.
 *
 * @param patienceMs the longest wait for a command, if below its usual one.
 */
export function createSlurmClient(env: Readonly<Record<string, string | undefined>>, patienceMs = Infinity): RunSlurm {
  const clean = slurmEnvironment(env);
  // Dates as digits: a site can have them in words. Lists of waiting elements whole, not cut at 64 letters.
  const queryEnv = {...clean, SLURM_TIME_FORMAT: 'standard', SLURM_BITSTR_LEN: '0'};
  return async (program, args) => {
    // An executor starts in a fraction of a second, and most never call Slurm.
    const {execa} = await import('execa');
    const result = await execa(program, args, {
      // The environment of sbatch becomes that of the job.
      env: program === 'sbatch' ? clean : queryEnv,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      timeout: Math.min(TIMEOUT_MS[program], patienceMs),
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 29,
    });
    if (CANNOT_RUN.has(result.code ?? '')) throw slurmMissingError(program, result.code);
    // Too long a command line, no more processes: it never ran.
    if (result.exitCode === undefined && result.signal === undefined && !result.timedOut) {
      return {stdout: '', stderr: result.originalMessage ?? '', exitCode: null, timedOut: false};
    }
    return {
      stdout: result.stdout,
      stderr: result.stderr,
      exitCode: result.exitCode ?? null,
      timedOut: result.timedOut,
    };
  };
}

/** Error codes for a name that is missing, is a folder, or may not be run. */
const CANNOT_RUN: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

function slurmMissingError(program: SlurmProgram, code: string | undefined): UserError {
  const what = code === 'ENOENT' ? `there is no ${program} on this machine` : `${program} cannot be run here (${code})`;
  return new UserError('slurm-missing', what, {
    hint: 'submit from a login node of your cluster, or run here with: mac run CONFIG (a submitted grid: mac resume GRID --local)',
  });
}

/**
 * Returns an environment without the variables that would steer Slurm's commands: a submission from inside a job would
 * pass its array index on, and SBATCH_PARTITION would win over the script. SLURM_CONF says which cluster is meant.
 */
export function slurmEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const steers = /^(SLURM|SBATCH|SQUEUE|SACCT|SCANCEL|SINFO|SALLOC|SRUN|SCONTROL)_/.test(name);
    if (!steers || name === 'SLURM_CONF') kept[name] = value;
  }
  return kept;
}
