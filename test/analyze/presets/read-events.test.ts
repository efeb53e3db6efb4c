import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {readEvents} from '../../../src/analyze/presets/read-events.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

function write(text: string): string {
  const path = join(temporaryFolder(), 'action_events.jsonl');
  writeFileSync(path, text);
  return path;
}

const WHOLE = '{"event_type":"action","label":"post","source_user":"ann","episode":1,"event_index":5,"data":{"a":1}}';

test('an event has its six members; what is absent has a value that docs/evaluators.md gives', async () => {
  const {events} = await readEvents(write(`${WHOLE}\n\n{"event_type":"Action","episode":"2","data":null}\r\n`));
  expect(events).toEqual([
    {eventType: 'action', label: 'post', sourceUser: 'ann', episode: 1, eventIndex: 5, data: {a: 1}},
    {eventType: 'action', label: 'unknown', sourceUser: 'unknown', episode: 2, eventIndex: 3, data: {}},
  ]);
});

test('events come in the order of the run, whatever order they were written in', async () => {
  const line = (episode: number, index: number): string =>
    `${JSON.stringify({event_type: 'action', episode, event_index: index})}\n`;
  const {events} = await readEvents(write(line(2, 0) + line(1, 9) + line(1, 3)));
  expect(events.map(({episode, eventIndex}) => [episode, eventIndex])).toEqual([
    [1, 3],
    [1, 9],
    [2, 0],
  ]);
});

test('a last line that a crash tore is counted and left out; a whole one needs no newline', async () => {
  expect(await readEvents(write(`${WHOLE}\n${WHOLE.slice(0, 40)}`))).toMatchObject({tornLines: 1, events: [{}]});
  expect(await readEvents(write(`${WHOLE}\n${WHOLE}`))).toMatchObject({tornLines: 0, events: [{}, {}]});
});

test('any other bad line is named by file and line', async () => {
  const path = write(`${WHOLE}\n${WHOLE.slice(0, 40)}\n${WHOLE}\n[1]\n`);
  await expect(readEvents(path)).rejects.toMatchObject({
    code: 'events-invalid',
    message: expect.stringMatching(
      new RegExp(`^${path}:2: found no JSON, expected one object\\n +${path}:4: found no object, expected`),
    ),
  });
});

test.each([
  ['{"label":"post"}', 'event_type: found nothing, expected a text'],
  ['{"event_type":"action","label":3}', 'label: found 3, expected a text'],
  ['{"event_type":"action","source_user":{}}', 'source_user: found'],
  ['{"event_type":"action","episode":1.5}', 'episode: found 1.5, expected a whole number'],
  ['{"event_type":"action","episode":"first"}', 'episode: found'],
  ['{"event_type":"action","event_index":"x"}', 'event_index: found'],
  ['{"event_type":"action","data":[]}', 'data: found'],
])('%s is refused: %s', async (line, message) => {
  await expect(readEvents(write(`${line}\n`))).rejects.toThrow(`:1: ${message}`);
});

test('a thousand bad lines are ten and a number', async () => {
  await expect(readEvents(write('x\n'.repeat(1000)))).rejects.toThrow(/:10: found no JSON[^\n]*\n +and 990 more$/);
});

test('a file that is not there is missing, not empty', async () => {
  await expect(readEvents(join(temporaryFolder(), 'probe_events.jsonl'))).rejects.toMatchObject({
    code: 'events-missing',
  });
});

test('lines are put together across pieces of the file', async () => {
  const long = `{"event_type":"action","label":"é${'x'.repeat(3_000_000)}"}\n`;
  const {events} = await readEvents(write(long + long));
  expect(events.map(({label}) => label.length)).toEqual([3_000_001, 3_000_001]);
});
