import {UserError} from '../../core/errors.ts';
import type {PackTask} from '../pack-task.ts';

/**
 * Options that keep a run from going on in vain. Where one is absent, the config decides; where that has none either,
 * there is no guard, and servers are waited for as docs/configuration.md says.
 */
export interface RunGuards {
  /** Number of conversations of each task that run before the rest; 0 for none. */
  readonly canary?: number | undefined;
  /** Number of failed conversations that stop the run, or a share of them below 1. */
  readonly failAfter?: number | undefined;
  readonly waitForServerMs?: number | undefined;
}

/** Returns the limit of failures of a run: the given one, else that of its first task's config. */
export function resolveFailAfter({failAfter}: RunGuards, tasks: readonly PackTask[]): number | undefined {
  if (failAfter !== undefined) return failAfter;
  try {
    const [first] = tasks;
    return first?.kind === 'conversations' ? first.load().config.execution_config?.fail_after : undefined;
  } catch (error) {
    // The pack refuses the task, with the reason.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
