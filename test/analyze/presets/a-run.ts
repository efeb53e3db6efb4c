import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {temporaryFolder} from '../../support/temporary-folder.ts';

type Row = readonly [label: string, agent: string, episode: number, answer?: unknown];

/** Lines of an event file. */
export function eventLines(eventType: 'action' | 'probe', rows: readonly Row[]): string {
  return rows
    .map(([label, agent, episode, answer], index) => {
      const data = eventType === 'probe' ? {probe_return: answer, probe_mode: 'asked'} : {};
      return `${JSON.stringify({event_type: eventType, label, source_user: agent, episode, event_index: index, data})}\n`;
    })
    .join('');
}

/** Two agents act in three episodes, nobody in the second. */
export const ACTIONS: readonly Row[] = [
  ['post', 'ann', 1],
  ['like', 'bob', 1],
  ['post', 'ann', 1],
  ['reply', 'bob', 3],
  ['post', 'ann', 3],
  ['like', 'ann', 4],
];

export const PROBES: readonly Row[] = [
  ['vote', 'ann', 1, 'Bill'],
  ['vote', 'bob', 1, 'Bradley'],
  ['vote', 'ann', 2, 'bill'],
  ['vote', 'bob', 2, null],
  ['trust', 'ann', 1, '7 out of 10'],
  ['trust', 'bob', 1, 4],
  ['trust', 'ann', 2, '9/10'],
  ['trust', 'bob', 2, 'high'],
  ['agree', 'ann', 1, 'Yes, I do'],
  ['agree', 'bob', 1, 'no'],
  ['agree', 'ann', 2, 'Yes'],
  ['why', 'ann', 1, 'Because taxes matter to me'],
  ['why', 'bob', 2, 'I trust the other candidate more on taxes'],
];

/** Writes the folder of a run. A text of null leaves the file out. */
export function writeRun(
  files: {
    readonly actions?: string | null;
    readonly probes?: string | null;
    readonly config?: string;
  } = {},
): string {
  const folder = join(temporaryFolder(), 'run');
  mkdirSync(folder);
  const {actions = eventLines('action', ACTIONS), probes = eventLines('probe', PROBES), config} = files;
  if (actions !== null) writeFileSync(join(folder, 'action_events.jsonl'), actions);
  if (probes !== null) writeFileSync(join(folder, 'probe_events.jsonl'), probes);
  if (config !== undefined) writeFileSync(join(folder, 'effective_config.yaml'), config);
  return folder;
}
