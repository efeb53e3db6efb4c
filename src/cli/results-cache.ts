import {ResultsCache} from '../analyze/cache/results-cache.ts';
import type {Layout} from '../record/layout.ts';
import type {CommandIo} from './io.ts';

/** What earlier commands read and computed. @param options.fresh none of it is believed, all is made anew. */
export function openResultsCache(layout: Layout, io: CommandIo, {fresh = false} = {}): ResultsCache {
  return new ResultsCache(layout, {
    isRead: !fresh,
    onUnwritable: message => io.stderr.write(`warning: nothing is kept for the next time: ${message}\n`),
  });
}
