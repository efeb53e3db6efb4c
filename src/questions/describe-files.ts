import {basename, dirname} from 'node:path';

import {groupBy} from '../core/group-by.ts';
import {shellQuote} from '../core/text/shell-quote.ts';

/** Number of files that a message lists before it counts the rest. */
const LISTED_FILES = 20;

/** Lists files as `in data/bbq: bbq_age.jsonl, bbq_ses.jsonl`: by folder, so that the list stays short. */
export function listFiles(names: readonly string[]): string {
  const folders = groupBy(names.slice(0, LISTED_FILES), name => dirname(name));
  const lists = [...folders].map(([folder, files]) => `in ${folder}: ${files.map(file => basename(file)).join(', ')}`);
  const left = names.length - LISTED_FILES;
  return `${lists.join('; ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** Formatters of `mac data format`: the names of the files they write, and where their raw files come from. */
const KNOWN_FORMATTERS = [
  {names: /^bbq_/, command: 'bbq', input: 'path/to/BBQ/data'},
  {names: /^discrimEval_/, command: 'discrimeval', input: 'path/to/discrim-eval'},
  {names: /^diffAware_/, command: 'diffaware', input: 'path/to/difference_awareness/pickles'},
] as const;

/** Returns the commands that make these files from the public data sets, as far as their names tell. */
export function suggestCommands(names: readonly string[]): string {
  if (names.every(name => /_sample\.jsonl$/.test(name))) {
    return 'The samples come with mac: copy its folder data/ into the workspace';
  }
  const commands = names.flatMap(name => {
    const maker = KNOWN_FORMATTERS.find(({names: made}) => made.test(basename(name)));
    if (!maker) return [];
    return [`mac data format ${maker.command} --input ${maker.input} --output ${shellQuote(dirname(name))}`];
  });
  if (commands.length === 0) return 'docs/formats.md tells what a question file is; mac data format makes some';
  return `Make them from your copy of the data set: ${[...new Set(commands)].join(' && ')}`;
}
