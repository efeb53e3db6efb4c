import {UserError} from '../../core/errors.ts';
import type {Layout} from '../../record/layout.ts';
import {describeSets, findTrialSets, type FoundSets} from '../../record/sets/find-sets.ts';
import {Problems} from '../records/problems.ts';
import {readKnownTasks} from '../records/recorded-tasks.ts';
import {selectTasks} from '../select/select-tasks.ts';
import {readTrials, type TrialSelection} from './read-trials.ts';

/**
 * Reads the trials that a selector means, where it means trials and not conversations: a set of that whole name; a
 * beginning of one that no grid is called by; `latest` where the newest is a set; `all` where there are no
 * conversations.
 *
 * @returns undefined when conversations are meant.
 * @throws UserError `results-ambiguous`, `cannot-read`; `results-unknown` in a workspace that has nothing but trials.
 */
export async function findTrials(layout: Layout, selector: string): Promise<TrialSelection | undefined> {
  const found = await findTrialSets(layout, selector);
  if (found && (await isMeant(layout, selector, found))) return await readTrials(layout, found);
  if (found) return undefined;
  const others = await describeSets(layout);
  if (others === '' || (await hasConversations(layout))) return undefined;
  throw new UserError('results-unknown', `no study, benchmark run or suite "${selector}" is recorded`, {
    hint: others,
  });
}

/** Reads the trials of the set that began last; undefined where there is none. @throws UserError `cannot-read`. */
export async function findLatestTrials(layout: Layout): Promise<TrialSelection | undefined> {
  const found = await findTrialSets(layout, 'latest');
  return found && (await readTrials(layout, found));
}

async function isMeant(layout: Layout, selector: string, found: FoundSets): Promise<boolean> {
  if (selector === 'all') return !(await hasConversations(layout));
  if (selector === 'latest') return found.startedAtMs > (await findNewestSubmission(layout));
  return found.isWholeName || !(await isCalledSo(layout, selector));
}

async function hasConversations(layout: Layout): Promise<boolean> {
  const {known, unreadable} = await readKnownTasks(layout, new Problems());
  return known.length + unreadable.length > 0;
}

async function findNewestSubmission(layout: Layout): Promise<number> {
  const {known} = await readKnownTasks(layout, new Problems());
  return known.reduce((newest, {submittedAtMs}) => Math.max(newest, submittedAtMs ?? 0), 0);
}

async function isCalledSo(layout: Layout, selector: string): Promise<boolean> {
  try {
    await selectTasks(layout, await readKnownTasks(layout, new Problems()), selector);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.code === 'results-ambiguous';
  }
}
