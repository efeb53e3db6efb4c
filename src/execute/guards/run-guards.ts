import {UserError} from '../../core/errors.ts';
import type {PackTask} from '../pack-task.ts';

/**
 * What keeps a run from going on in vain; absent: what the config says, else nothing, and for servers what
 * docs/configuration.md says.
 */
export interface RunGuards {
  /** How many conversations of each task go before the rest; 0 for none. */
  readonly canary?: number | undefined;
  /** A number of failed conversations, or a share below 1. */
  readonly failAfter?: number | undefined;
  readonly waitForServerMs?: number | undefined;
}

/** Returns the limit of failures for a run: the given one, else that of its first task's config. */
export function resolveFailAfter({failAfter}: RunGuards, tasks: readonly PackTask[]): number | undefined {
  if (failAfter !== undefined) return failAfter;
  try {
    return tasks[0]?.load().config.execution_config?.fail_after;
  } catch (error) {
    // The pack refuses the task, with the reason.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
