import {expect, test} from 'vitest';
import {parse} from 'yaml';

import {editStudy, readStudyEdits} from '../../../src/runs/open/edit-study.ts';

const TEXT = `# asked by Ada
schema_version: 1
study:
  name: demo # short
  services: {setup_command: old}
hypotheses: {}
`;

test('flags are laid over the keys they stand for; comments stay', () => {
  const edited = editStudy(TEXT, {timeoutSeconds: 5, setupCommand: 'export A=1,2', serverReadyUrl: 'http://x:{port}/'});
  expect(edited).toContain('# asked by Ada');
  expect(parse(edited)).toMatchObject({
    study: {
      run_defaults: {timeout_seconds: 5},
      services: {setup_command: 'export A=1,2', server_ready_url: 'http://x:{port}/'},
    },
  });
});

test('without flags, and where there is no study, a text stays as it is', () => {
  expect(editStudy(TEXT, {})).toBe(TEXT);
  for (const text of ['a: [', 'x: 1\n', 'study: 1\n']) expect(editStudy(text, {timeoutSeconds: 1})).toBe(text);
});

test('variables give hooks, ours before the older ones, and flags before both', () => {
  const env = {
    SILISOCS_HPC_SETUP_COMMAND: 'older',
    MAC_SERVER_COMMAND: 'ours',
    SILISOCS_HPC_SERVER_COMMAND: 'older',
    SILISOCS_HPC_SERVER_TIMEOUT_SECONDS: '30',
  };
  expect(readStudyEdits({}, env)).toEqual({setupCommand: 'older', serverCommand: 'ours', serverTimeoutSeconds: 30});
  expect(readStudyEdits({setupCommand: 'flag'}, env)).toMatchObject({setupCommand: 'flag'});
  expect(readStudyEdits({}, {MAC_SETUP_COMMAND: ''})).toEqual({});
});
