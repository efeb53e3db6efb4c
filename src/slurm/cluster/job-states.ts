/** Our reading of a Slurm state. Slurm adds states: one that we do not know is `unknown`, never ended. */
export type StateKind = 'waiting' | 'running' | 'ended' | 'unknown';

const WAITING = new Set([
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'SPECIAL_EXIT',
  'RESV_DEL_HOLD',
  'POWER_UP_NODE',
]);
const RUNNING = new Set(['RUNNING', 'COMPLETING', 'SUSPENDED', 'STOPPED', 'SIGNALING', 'STAGE_OUT', 'RESIZING']);
const ENDED = new Set([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'OUT_OF_MEMORY',
  'NODE_FAIL',
  'BOOT_FAIL',
  'DEADLINE',
  'PREEMPTED',
  'REVOKED',
  'LAUNCH_FAILED',
  'RECONFIG_FAIL',
]);
const ALL_STATES = [...WAITING, ...RUNNING, ...ENDED];

/** Returns a state's plain name: without the user (`CANCELLED by 1000`), whole if a column cut it (`OUT_OF_ME+`). */
export function normalizeState(text: string): string {
  const word = text.trim().split(/\s/, 1)[0] ?? '';
  if (!word.endsWith('+')) return word.toUpperCase();
  const stem = word.slice(0, -1).toUpperCase();
  const meant = ALL_STATES.filter(state => state.startsWith(stem));
  return meant.length === 1 ? (meant[0] ?? stem) : ALL_STATES.includes(stem) ? stem : (meant[0] ?? stem);
}

export function classifyState(state: string): StateKind {
  if (WAITING.has(state)) return 'waiting';
  if (RUNNING.has(state)) return 'running';
  return ENDED.has(state) ? 'ended' : 'unknown';
}
