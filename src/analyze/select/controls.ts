import {groupBy} from '../../core/group-by.ts';
import {canonicalJson} from '../../core/seeds/hash.ts';
import type {IdentityRevealConfig, TaskConfig} from '../../core/task-config.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';

/** Groups tasks that differ only in who sees whom and in shown identities: each other's controls, and repetitions. */
export function groupIntoFamilies(tasks: readonly KnownTask[]): KnownTask[][] {
  return [...groupBy(tasks, ({config}) => familyKey(config)).values()];
}

function familyKey(config: TaskConfig): string {
  const {experiment_name: _name, _grid_config_snapshot_path: _grid, ...metadata} = config.experiment_metadata;
  const {routing_strategy: _routing, seed: _seed, ...conversation} = config.conversation_config;
  const {identity_reveal_config: _reveal, ...rest} = config;
  return canonicalJson({...rest, experiment_metadata: metadata, conversation_config: conversation});
}

const PEERS_HIDDEN = 'peers_hidden';

export interface Controls<Task> {
  /** The same with peers hidden. */
  readonly peersHidden: readonly Task[];
  /** The same with identities hidden. */
  readonly identityHidden: readonly Task[];
}

/** Returns the controls of a task among its family; none for a task that is a control itself. */
export function findControls<Task extends KnownTask>(task: Task, family: readonly Task[]): Controls<Task> {
  const routing = routingStrategy(task);
  const reveal = revealConfig(task);
  return {
    peersHidden:
      routing === PEERS_HIDDEN
        ? []
        : family.filter(other => routingStrategy(other) === PEERS_HIDDEN && isSame(revealConfig(other), reveal)),
    identityHidden: revealsAny(reveal)
      ? family.filter(other => routingStrategy(other) === routing && !revealsAny(revealConfig(other)))
      : [],
  };
}

/** Returns whether tasks with hidden peers are mixed with others: averaged together they describe neither. */
export function mixesPeersHidden(tasks: readonly KnownTask[]): boolean {
  const isHidden = tasks.map(task => routingStrategy(task) === PEERS_HIDDEN);
  return isHidden.includes(true) && isHidden.includes(false);
}

function routingStrategy({config}: KnownTask): string {
  return config.conversation_config.routing_strategy;
}

/** Absent in some configs of the older system. */
function revealConfig({config}: {readonly config: Partial<TaskConfig>}): Partial<IdentityRevealConfig> {
  return config.identity_reveal_config ?? {};
}

function revealsAny({reveal_persona, reveal_demographics}: Partial<IdentityRevealConfig>): boolean {
  return reveal_persona === true || reveal_demographics === true;
}

function isSame(a: Partial<IdentityRevealConfig>, b: Partial<IdentityRevealConfig>): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
