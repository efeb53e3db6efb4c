import type {Problem} from '../../config/problem.ts';
import {representativeTasks} from '../enumerate.ts';
import {overlaps} from '../path.ts';
import type {Axis, Plan} from '../plan.ts';
import {problemAt} from './locate-problems.ts';

/** Above this, equal tasks are looked for axis by axis. */
const COMPARE_ALL = 20_000;

/** A way to compare tasks. */
export interface Comparison {
  /** Equal for tasks that are equal. */
  readonly makeKey: (index: number) => string;
  /** Returns whether a single value that is written to a path shows in the key as it is. */
  readonly showsInKey: (path: string) => boolean;
  /** Says what two equal tasks have in common, after "which": `would give the same results`. */
  readonly describe: (first: number, second: number) => string;
  /** Says why they are equal, where that can be said. */
  readonly explain?: (first: number, second: number) => string | undefined;
}

/**
 * Finds tasks that are equal: a slip in the grid, since one of them would be paid for twice. Pairs that differ on the
 * same axes are one problem.
 */
export function findEqualTasks(plan: Plan, comparison: Comparison): Problem[] {
  const {makeKey, showsInKey} = comparison;
  const isExhaustive = plan.size <= COMPARE_ALL && !areIndependent(plan);
  const suspects = [...plan.axes.keys()].filter(i => !distinguishesTasks(plan, i, showsInKey));
  if (suspects.length === 0) return [];
  const indices = isExhaustive ? new Array<undefined>(plan.size).keys() : representativeTasks(plan, suspects);
  const seen = new Map<string, number>();
  const causes = new Map<string, {first: number; second: number; pairs: number}>();
  for (const index of indices) {
    const key = makeKey(index);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, index);
      continue;
    }
    const cause = differingAxes(plan, first, index).join();
    const known = causes.get(cause);
    causes.set(cause, known ? {...known, pairs: known.pairs + 1} : {first, second: index, pairs: 1});
  }
  return [...causes.values()].map(cause => describeEqual(plan, cause, comparison));
}

const AGENT_MODEL = /^agent_definitions(?:\.\d+(?:\.model)?)?$/;

/**
 * Returns whether no axis can undo another: then two tasks are equal only if two values of one axis are. A model's
 * definition is read differently for each backend, so what one axis writes there can decide whether another matters; so
 * can the model that an agent gets.
 */
function areIndependent({axes, derived}: Plan): boolean {
  return axes.every(({paths}, i) =>
    paths.every(
      path =>
        !overlaps(path, 'model_definitions') &&
        !AGENT_MODEL.test(path) &&
        !derived.some(rule => overlaps(rule.path, path)) &&
        !axes.some((other, j) => j !== i && other.paths.some(written => overlaps(written, path))),
    ),
  );
}

/**
 * Returns whether any two values of an axis surely give two keys: a path that nothing else writes gets single values,
 * no two of them equal.
 */
function distinguishesTasks({axes, derived}: Plan, position: number, showsInKey: Comparison['showsInKey']): boolean {
  const {paths, values, written: writtenBy} = axes[position] as Axis;
  const path = paths.find(
    each =>
      showsInKey(each) &&
      !derived.some(rule => overlaps(rule.path, each)) &&
      !axes.some((other, j) =>
        other.paths.some(written => (j !== position || written !== each) && overlaps(written, each)),
      ),
  );
  if (path === undefined) return false;
  const written = values.map((_value, digit) => writtenBy(digit, path));
  return written.every(isPrimitive) && new Set(written).size === written.length;
}

function isPrimitive(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function differingAxes(plan: Plan, first: number, second: number): number[] {
  const [a, b] = [plan.digitsAt(first), plan.digitsAt(second)];
  return [...plan.axes.keys()].filter(i => a[i] !== b[i]);
}

function describeEqual(
  plan: Plan,
  {first, second, pairs}: {readonly first: number; readonly second: number; readonly pairs: number},
  comparison: Comparison,
): Problem {
  const [a, b] = [plan.digitsAt(first), plan.digitsAt(second)];
  const differing = differingAxes(plan, first, second);
  const values = differing.map(i => {
    const axis = plan.axes[i];
    if (!axis) return '';
    const labels = axis.labels();
    return `${axis.name}: ${labels[a[i] ?? 0] ?? ''} and ${labels[b[i] ?? 0] ?? ''}`;
  });
  const axis = plan.axes[differing[0] ?? 0];
  const more = pairs > 1 ? ` (and ${pairs - 1} more such pair${pairs > 2 ? 's' : ''})` : '';
  return problemAt(plan, axis?.place ?? [], {
    found: `tasks ${first} and ${second}${more}, which ${comparison.describe(first, second)} (${values.join('; ')})`,
    expected: 'tasks that differ in what they ask',
    hint: comparison.explain?.(first, second) ?? hintFor(plan, differing),
  });
}

function hintFor({axes, derived}: Plan, differing: readonly number[]): string {
  for (const i of differing) {
    const axis = axes[i];
    const winner = axis && findOverwriter(axis, axes.slice(i + 1), derived);
    if (winner !== undefined) return `what ${axis?.name ?? ''} writes is overwritten by ${winner}`;
  }
  return 'remove one of the values; for the same grid several times use --rep';
}

/** Names what comes later and writes to everything that an axis wrote to. */
function findOverwriter({paths}: Axis, later: readonly Axis[], derived: Plan['derived']): string | undefined {
  const covers = (written: readonly string[]): boolean =>
    paths.every(path => written.some(other => path === other || path.startsWith(`${other}.`)));
  const rule = derived.find(({path}) => covers([path]));
  if (rule) return `the derive rule for ${rule.path}`;
  const axis = later.find(other => covers(other.paths));
  return axis && `${axis.kind} ${axis.name}`;
}
