import {expect, test} from 'vitest';

import {renderTranscript} from '../../src/cli/render/render-transcript.ts';
import {buildTranscript} from '../../src/conversation/transcript/transcript.ts';
import {toOutcome} from '../../src/conversation/transcript/outcome.ts';
import {recordedError} from '../../src/record/task/recorded-errors.ts';
import {agent, answer, config, QUESTION, reply, start} from '../conversation/setup.ts';

test('mac show prints what the other agents said in the round at which a conversation ended', () => {
  const options = {agents: [agent('a'), agent('b'), agent('c')]};
  const {conversation, ready} = start(options);
  const [a, b, c] = ready;
  conversation.reply(a!, answer());
  conversation.reply(b!, reply('half a thought'));
  conversation.fail(c!, {outcome: 'server', error: recordedError('APIRequestError', 'the server is gone')});
  const transcript = buildTranscript({
    outcome: toOutcome(conversation.result(), false),
    transcriptId: 't',
    question: QUESTION,
    config: {
      ...config(options),
      experiment_metadata: {
        experiment_name: 'e',
        benchmark_subcategory: 'b',
        schema_version: '2025-12-10',
        questions_file: 'q',
      },
    },
    configSnapshotPath: 'c',
    jobTaskId: '1_0',
    submissionTimestamp: 's',
    executionTimestamp: 'e',
    createdAt: 'n',
    debug: false,
  });
  const text = renderTranscript(transcript, QUESTION, {});
  const round = text.slice(text.indexOf('round 1, not completed'));
  expect(round).toMatch(
    /^a \(participant[^]*answers: C[^]*^b {2}was not asked again[^]*half a thought[^]*^c {2}gave no/m,
  );
  expect(round).toContain('the server is gone');
});
