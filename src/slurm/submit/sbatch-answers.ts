import type {SlurmAnswer} from '../cluster/client.ts';

/**
 * Returns the job id that `sbatch --parsable` printed: `123`, or `123;cluster` on a federated one. Sites print banners
 * around it, so only a line that is nothing but an id counts, and only one.
 */
export function parseSubmittedId(stdout: string): string | undefined {
  const lines = stdout.split('\n').map(line => line.trim());
  const ids = lines.flatMap(line => /^(\d+)(?:;[\w.-]+)?$/.exec(line)?.[1] ?? []);
  const unique = [...new Set(ids)];
  return unique.length === 1 ? unique[0] : undefined;
}

/**
 * Meaning of sbatch's failure:
 * - `refused`: nothing was queued, and asking again would change nothing.
 * - `limit`: nothing was queued; there is room when other jobs have ended.
 * - `unreachable`: nothing was queued; the controller could not be reached and may be asked again.
 * - `ambiguous`: the job may be queued all the same; only the queue can tell.
 */
export type SbatchFailure =
  | {readonly kind: 'refused' | 'limit'; readonly reason: string; readonly advice: string}
  | {readonly kind: 'unreachable' | 'ambiguous'; readonly reason: string};

interface KnownError {
  readonly pattern: RegExp;
  readonly kind: 'refused' | 'limit';
  readonly advice: string;
}

/** Texts of Slurm 20 to 24, most telling first: a limit is named on a line before the general one. */
const KNOWN_ERRORS: readonly KnownError[] = [
  {
    pattern: /(QOS|Assoc)(Max|Grp)\w*SubmitJob\w*|MaxSubmitJobs/,
    kind: 'limit',
    advice:
      'you may not have so many jobs in the queue, and every element of an array counts: mac resume submits the rest when some have ended; set submit_limit in the profile (or --submit-limit) to split arrays below the limit',
  },
  {
    // Not "temporarily unable to accept job": sbatch says that while it tries again, whatever the outcome.
    pattern: /Resource temporarily unavailable/i,
    kind: 'limit',
    advice: 'the cluster is full (MaxJobCount): mac resume submits the rest later; --tasks-per-job needs fewer jobs',
  },
  {
    pattern: /job submit limit, user's size and\/or time limits|Job violates accounting\/QOS policy/,
    kind: 'limit',
    advice:
      'a limit of your account or QOS: fewer jobs at once (--submit-limit), a shorter --time or fewer GPUs; `sacctmgr show qos` and `sacctmgr show assoc user=$USER` show the limits. mac resume tries again',
  },
  {
    pattern: /Invalid job array specification/,
    kind: 'refused',
    advice:
      "an index reaches the cluster's MaxArraySize: set max_array_size in the profile (or --max-array-size) to what `scontrol show config | grep MaxArraySize` says",
  },
  {
    pattern: /invalid partition|Invalid partition name/i,
    kind: 'refused',
    advice: 'choose a partition that `sinfo -s` lists (--partition)',
  },
  {
    pattern: /Invalid account or account\/partition combination|Invalid account/i,
    kind: 'refused',
    advice: 'choose an account that may use this partition (--account); `sacctmgr show assoc user=$USER` lists yours',
  },
  {
    pattern: /Invalid qos/i,
    kind: 'refused',
    advice: 'choose another QOS (--qos); `sacctmgr show assoc user=$USER format=account,qos` lists yours',
  },
  {
    pattern: /Invalid generic resource|Invalid Trackable RESource|invalid gres/i,
    kind: 'refused',
    advice:
      'this cluster does not know that kind of GPU request: change gpu_request or gpu_type (--gpu-request, --gpu-type); `sinfo -o %G` shows what nodes have',
  },
  {
    pattern: /Invalid --time|Invalid time|Requested time limit is invalid|time limit.*(exceed|invalid)/i,
    kind: 'refused',
    advice: "give a time such as 12:00:00 or 2-00:00:00, not above the partition's limit (--time; `sinfo -o '%P %l'`)",
  },
  {
    pattern: /Memory specification can not be satisfied|Memory required by task is not available/i,
    kind: 'refused',
    advice: "no node has so much memory: lower --mem (`sinfo -o '%n %m'` shows megabytes a node)",
  },
  {
    pattern: /CPU count .*can not be satisfied|More processors requested than permitted/i,
    kind: 'refused',
    advice: "no node has so many processors: lower --cpus-per-task (`sinfo -o '%n %c'`)",
  },
  {
    pattern: /Invalid feature specification/i,
    kind: 'refused',
    advice: "no node has that feature: change --constraint (`sinfo -o '%n %f'` lists features)",
  },
  {
    pattern: /Requested node configuration is not available/i,
    kind: 'refused',
    advice:
      "no node of the partition has what a job asks for: fewer GPUs, another gpu_type, less memory or another partition (`sinfo -o '%P %G %m %c'`)",
  },
  {
    pattern: /Invalid node name/i,
    kind: 'refused',
    advice: 'a node of `exclude` (or --nodelist in sbatch_lines) is not known here',
  },
  {pattern: /dependency problem/i, kind: 'refused', advice: 'check --dependency: afterany:JOBID, afterok:JOBID, …'},
  {pattern: /Access\/permission denied|not permitted to use/i, kind: 'refused', advice: 'ask your cluster support'},
  {
    pattern: /unrecognized option|unrecognised option|invalid option/i,
    kind: 'refused',
    advice: 'this version of sbatch does not know an option: check sbatch_lines of the profile',
  },
  {
    pattern: /Pathname of a file, directory or other parameter too long/i,
    kind: 'refused',
    advice: 'a name or path in the script is longer than Slurm takes: use a shorter workspace path',
  },
  {pattern: /Invalid --\w+|Unable to open file|does not look like a batch script/i, kind: 'refused', advice: ''},
];

const UNREACHABLE = /Unable to contact slurm controller \(connect failure\)/i;

/** Reads the errors of an sbatch that gave no job id. What is not known for certain is ambiguous. */
export function classifySbatchFailure({stderr, stdout, exitCode, timedOut}: SlurmAnswer): SbatchFailure {
  const text = `${stderr}\n${stdout}`;
  const reason =
    extractErrors(text) ?? (timedOut ? 'sbatch gave no answer' : `sbatch ended with ${exitCode ?? 'a signal'}`);
  if (exitCode === null || timedOut || exitCode === 0) return {kind: 'ambiguous', reason};
  const known = KNOWN_ERRORS.find(({pattern}) => pattern.test(text));
  if (known) return {kind: known.kind, reason, advice: known.advice};
  return {kind: UNREACHABLE.test(text) ? 'unreachable' : 'ambiguous', reason};
}

/** Returns all of Slurm's complaints without prefixes: the last line alone is often too general to help. */
function extractErrors(text: string): string | undefined {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('Try "sbatch') && !line.endsWith('sleeping and retrying'));
  const errors = lines.filter(line => /^sbatch: (?:fatal|error): /.test(line));
  const complaints = (errors.length > 0 ? errors : lines.slice(-1)).map(line =>
    line.replace(/^sbatch: (?:fatal: |error: )?/, '').replace(/^Batch job submission failed: /, ''),
  );
  return complaints.length === 0 ? undefined : [...new Set(complaints)].join('; ');
}

/** Separates a reason from its remedy in one text. */
const ADVICE = ' → ';

/** Joins the reason why nothing was queued and the remedy in one text. */
export function describeRefusal({reason, advice}: {readonly reason: string; readonly advice: string}): string {
  return advice === '' ? reason : `${reason}${ADVICE}${advice}`;
}

/** Splits what `describeRefusal` joined. */
export function splitRefusal(text: string): {reason: string; advice: string | undefined} {
  const at = text.indexOf(ADVICE);
  return at < 0
    ? {reason: text, advice: undefined}
    : {reason: text.slice(0, at), advice: text.slice(at + ADVICE.length)};
}
