/** Explanations of Slurm's reasons to wait (squeue(1), JOB REASON CODES), with advice if there is any. */
const REASONS: Readonly<Record<string, string>> = {
  Priority: 'jobs with a higher priority come first',
  Resources: 'waits for free nodes or GPUs',
  None: 'waits for the scheduler to look at it',
  JobArrayTaskLimit: 'waits for the array throttle (array_throttle)',
  BeginTime: 'waits for its start time (a requeued job waits about two minutes)',
  Dependency: 'waits for the jobs it depends on',
  DependencyNeverSatisfied: 'the jobs it depends on failed: it will never start; cancel it',
  JobHeldUser: 'held by its user; release it with scontrol release',
  JobHeldAdmin: 'held by an administrator; ask your cluster support',
  Licenses: 'waits for a licence',
  Reservation: 'waits for its reservation to begin',
  PartitionTimeLimit:
    'asks for more time than the partition allows and will never start; resubmit with a shorter --time',
  PartitionNodeLimit: 'asks for more nodes than the partition allows and will never start',
  PartitionDown: 'the partition is down',
  PartitionInactive: 'the partition is switched off',
  PartitionConfig:
    'asks for more than the partition allows and will never start; choose another partition or ask for less',
  BadConstraints: 'no node can ever fulfil what it asks for; change constraint, GPUs or memory',
  NodeDown: 'a node it needs is down',
  ReqNodeNotAvail: 'the nodes it could use are down, reserved or about to be serviced',
  AccountNotAllowed: 'this account may not use the partition; choose another account',
  InvalidAccount: 'the account is not valid',
  InvalidQOS: 'the QOS is not valid',
  QOSNotAllowed: 'this QOS may not be used in the partition',
  Cleaning: 'an earlier run of it is being cleaned up',
  Prolog: 'the node is being prepared',
  FrontEndDown: 'the front end is down',
  SystemFailure: 'a failure of the cluster',
  MaxRequeue: 'was requeued too often; release it with scontrol release',
  JobHoldMaxRequeue: 'was requeued too often; release it with scontrol release',
  DeadLine: 'cannot end before its deadline',
};

/** Returns a reason in words; an unknown one unchanged. */
export function describeReason(reason: string): string {
  const name = reason.trim().replace(/^\((.*)\)$/, '$1');
  const known = REASONS[name] ?? REASONS[name.split(',')[0]?.trim() ?? ''];
  if (known !== undefined) {
    const nodes = /UnavailableNodes:(\S+)/.exec(name)?.[1];
    return nodes === undefined ? known : `${known} (${nodes})`;
  }
  if (/^launch failed requeued held/.test(name))
    return 'could not be started and is held; release it with scontrol release';
  const limit = describeLimit(name);
  return limit ?? (name === '' ? 'waits' : name);
}

/** Reads the name of a limit by its parts (whose, which kind, of what): QOSMaxGRESPerUser, AssocGrpCpuLimit, … */
function describeLimit(name: string): string | undefined {
  const match = /^(QOS|Assoc|MaxGRES|Max)(Grp|Max)?(.*?)(PerUser|PerAccount|PerJob|PerNode)?(Limit)?$/.exec(name);
  if (!match) return undefined;
  const [, owner, group, what = '', per] = match;
  if (owner !== 'QOS' && owner !== 'Assoc') return undefined;
  const whose =
    per === 'PerUser' ? 'your' : group === 'Grp' ? "the group's" : per === 'PerAccount' ? "the account's" : 'a';
  const of = owner === 'QOS' ? 'of the QOS' : 'of the account';
  const isHopeless = per === 'PerJob' || per === 'PerNode';
  const tail = isHopeless ? '; it asks for more than is ever allowed: ask for less' : '';
  return `${whose} limit ${of} on ${describeResource(what)} is reached (${name})${tail}`;
}

function describeResource(what: string): string {
  if (/gres|gpu/i.test(what)) return 'GPUs';
  if (/cpu.*min|min.*cpu|cpurunmin/i.test(what)) return 'CPU minutes';
  if (/cpu/i.test(what)) return 'CPUs';
  if (/mem/i.test(what)) return 'memory';
  if (/node/i.test(what)) return 'nodes';
  if (/submitjob/i.test(what)) return 'submitted jobs';
  if (/job/i.test(what)) return 'running jobs';
  if (/wall/i.test(what)) return 'run time';
  if (/billing/i.test(what)) return 'billing';
  return 'resources';
}
