import {expect, test} from 'vitest';

import type {ChatFailure, ChatReply, ChatRequest} from '../../../src/backend/backend.ts';
import type {Turn} from '../../../src/conversation/turn.ts';
import {Dispatcher, type Speaker} from '../../../src/execute/requests/dispatcher.ts';
import {ManualClock, settlePromises} from '../../support/manual-clock.ts';
import {aFailure, aModel, aReply} from '../../support/scripted-backend.ts';

const MODEL_KEYS = new Map([['m', 'm']]);

function aTurn(change: Partial<Turn> = {}): Turn {
  return {agentIndex: 0, agentId: 'a', round: 0, attempt: 0, model: 'm', system: 's', user: 'u', ...change};
}

/** A conversation that notes what reaches it. */
class NotingSpeaker implements Speaker {
  readonly order: number;
  readonly id: string;
  readonly completedRounds = 0;
  readonly remainingRounds = 1;
  isOver = false;
  repeatsCalls = true;
  readonly replies: ChatReply[] = [];
  readonly failures: ChatFailure[] = [];

  constructor(order: number) {
    this.order = order;
    this.id = `q${order}`;
  }

  chatRequest(turn: Turn, callAttempt: number): ChatRequest {
    const sampling = {temperature: 0, max_tokens: 1};
    return {requestId: `${this.id}/${turn.agentId}.${callAttempt}`, system: turn.system, user: '', sampling};
  }

  onReply(_turn: Turn, reply: ChatReply): void {
    this.replies.push(reply);
  }

  onFailure(_turn: Turn, failure: ChatFailure): void {
    this.failures.push(failure);
  }
}

function makeDispatcher(limit = 2) {
  const clock = new ManualClock();
  const model = aModel({limit});
  const news = {room: 0, gone: [] as string[], crashes: [] as unknown[]};
  const dispatcher = new Dispatcher({
    clock,
    random: () => 0.5,
    expired: new AbortController().signal,
    onRoom: () => news.room++,
    onGone: (_model, reason) => news.gone.push(reason),
    onCrash: error => news.crashes.push(error),
  });
  dispatcher.serve(model);
  const speakers = [0, 1, 2, 3].map(order => new NotingSpeaker(order));
  const sentIds = (): string[] => model.backend.calls.map(({request}) => request.requestId);
  const submit = (speaker: Speaker, turn = aTurn()): void => dispatcher.submit(speaker, [turn], MODEL_KEYS);
  return {clock, backend: model.backend, dispatcher, news, speakers, sentIds, submit};
}

type Setup = ReturnType<typeof makeDispatcher>;

/** Ends a call and lets everybody work that off. */
async function end({backend}: Setup, call: number, outcome: ChatReply | ChatFailure): Promise<void> {
  backend.calls[call]!.end(outcome);
  await settlePromises();
}

test('no more calls are out than the limit allows, and a freed slot is filled before the answer is looked at', async () => {
  const setup = makeDispatcher();
  const {speakers, sentIds, submit, dispatcher} = setup;
  for (const speaker of speakers) submit(speaker);
  expect(sentIds()).toEqual(['q0/a.0', 'q1/a.0']);
  let sentAtReply = 0;
  speakers[1]!.onReply = () => (sentAtReply = sentIds().length);
  await end(setup, 1, aReply());
  expect(sentAtReply).toBe(3);
  expect(sentIds().at(-1)).toBe('q2/a.0');
  expect(dispatcher.counters()).toMatchObject({settled: 1, inFlight: 2, ready: 1, retries: 0, errors: 0});
});

test('requests of a conversation that is over are dropped when their turn comes, and late answers ignored', async () => {
  const setup = makeDispatcher(1);
  const {speakers, sentIds, submit} = setup;
  const [first, second, third] = speakers as [NotingSpeaker, NotingSpeaker, NotingSpeaker];
  for (const speaker of [first, second, third]) submit(speaker);
  first.isOver = true;
  second.isOver = true;
  await end(setup, 0, aReply());
  expect(first.replies).toEqual([]);
  expect(sentIds()).toEqual(['q0/a.0', 'q2/a.0']);
});

test('a call that failed for the server’s reasons is repeated after its delay, with the next number', async () => {
  const setup = makeDispatcher();
  const {clock, speakers, sentIds, submit, dispatcher} = setup;
  submit(speakers[0]!);
  await end(setup, 0, aFailure('timeout'));
  expect(dispatcher.counters()).toMatchObject({errors: 1, retries: 1, waitingToRetry: 1, inFlight: 0});
  await clock.advance(249);
  expect(sentIds()).toHaveLength(1);
  await clock.advance(1);
  expect(sentIds()).toEqual(['q0/a.0', 'q0/a.1']);
  await end(setup, 1, aReply());
  expect(speakers[0]!.replies).toHaveLength(1);
  expect(dispatcher.counters()).toMatchObject({waitingToRetry: 0});
});

test('other failures are repeated max_retries times, those of a busy server beyond that', async () => {
  const setup = makeDispatcher();
  const {clock, backend, speakers, submit} = setup;
  submit(speakers[0]!);
  for (let call = 0; call < 3; call++) {
    await end(setup, call, aFailure('overloaded'));
    await clock.advance(30_000);
  }
  expect(backend.calls).toHaveLength(3);
  expect(speakers[0]!.failures).toHaveLength(1);
  submit(speakers[1]!);
  for (let call = 3; call < 9; call++) {
    await end(setup, call, aFailure('rate-limited', {retryAfterMs: 1_000}));
    await clock.advance(2_000);
  }
  expect(backend.calls).toHaveLength(10);
  expect(speakers[1]!.failures).toEqual([]);
});

test.each([
  ['that is not retryable', aFailure('filtered', {retryable: false}), true],
  ['of a conversation whose config wants none repeated', aFailure('timeout'), false],
])('a failure %s ends its turn at once', async (_which, failure, repeatsCalls) => {
  const setup = makeDispatcher();
  const {speakers, submit, dispatcher} = setup;
  speakers[0]!.repeatsCalls = repeatsCalls;
  submit(speakers[0]!);
  await end(setup, 0, failure);
  expect(speakers[0]!.failures).toEqual([failure]);
  expect(dispatcher.counters()).toMatchObject({errors: 1, retries: 0});
});

test('a server that is given up is told once, and its questions stay as they are', async () => {
  const setup = makeDispatcher();
  const {speakers, submit, dispatcher, news} = setup;
  for (const speaker of speakers.slice(0, 2)) submit(speaker);
  await end(setup, 0, aFailure('model-missing', {text: 'no model m', retryable: false}));
  await end(setup, 1, aFailure('model-missing', {text: 'no model m', retryable: false}));
  expect(news.gone).toEqual(['m (openai): no model m']);
  expect(dispatcher.goneBecause(['other', 'm'])).toBe('m (openai): no model m');
  expect(dispatcher.goneBecause(['other'])).toBeNull();
  expect(speakers.flatMap(({failures}) => failures)).toEqual([]);
});

test('a refusal that may be of the model ends its turn once nothing else is out', async () => {
  const setup = makeDispatcher();
  const {speakers, submit} = setup;
  const refusal = aFailure('refused', {retryable: false});
  for (const speaker of speakers.slice(0, 2)) submit(speaker);
  await end(setup, 0, refusal);
  expect(speakers[0]!.failures).toEqual([]);
  await end(setup, 1, refusal);
  expect(speakers.slice(0, 2).map(({failures}) => failures)).toEqual([[refusal], [refusal]]);
});

test('after a stop nothing starts: no ready request and no repetition; what is out is waited for', async () => {
  const setup = makeDispatcher();
  const {clock, backend, speakers, submit, dispatcher} = setup;
  for (const speaker of speakers.slice(0, 3)) submit(speaker);
  await end(setup, 0, aFailure('timeout'));
  const before = backend.calls.length;
  let isIdle = false;
  dispatcher.stop();
  const idle = dispatcher.idle().then(() => (isIdle = true));
  await clock.advance(60_000);
  expect(backend.calls).toHaveLength(before);
  expect(dispatcher.counters().waitingToRetry).toBe(0);
  expect(isIdle).toBe(false);
  await end(setup, 1, aReply());
  await end(setup, 2, aReply());
  await idle;
  expect(speakers[1]!.replies).toHaveLength(1);
  await dispatcher.idle();
  await dispatcher.close();
  expect(backend.isClosed).toBe(true);
});

test('aborted calls are neither errors nor the end of their turns', async () => {
  const setup = makeDispatcher();
  const {speakers, submit, dispatcher} = setup;
  submit(speakers[0]!);
  await end(setup, 0, aFailure('aborted', {retryable: false}));
  expect(dispatcher.counters()).toMatchObject({settled: 1, errors: 0});
  expect(speakers[0]!.failures).toEqual([]);
});

test('there is room for two limits, for none when one of several servers has too long a queue', () => {
  const {dispatcher, speakers, submit} = makeDispatcher(2);
  dispatcher.serve(aModel({key: 'n', limit: 5}));
  expect([dispatcher.room(['m']), dispatcher.room(['m', 'n'])]).toEqual([4, 10]);
  submit(speakers[0]!);
  expect(dispatcher.room(['m'])).toBe(3);
  for (let n = 0; n < 18; n++) submit(speakers[1]!);
  expect([dispatcher.room(['m']), dispatcher.room(['m', 'n'])]).toEqual([0, 0]);
});

test('the display sees every model and the requests that wait, in their order', () => {
  const {dispatcher, speakers, submit} = makeDispatcher(1);
  for (const speaker of speakers.slice(0, 3)) submit(speaker);
  expect(dispatcher.models()).toEqual([{name: 'm (openai)', limit: 1, inFlight: 1, ready: 2, trouble: null}]);
  expect(dispatcher.waiting(5).map(({questionId, retry}) => [questionId, retry])).toEqual([
    ['q1', false],
    ['q2', false],
  ]);
});

test('a fault of a conversation is reported as a crash, not lost', async () => {
  const setup = makeDispatcher();
  const {speakers, submit, news} = setup;
  const fault = new Error('bug');
  speakers[0]!.onReply = () => {
    throw fault;
  };
  submit(speakers[0]!);
  await end(setup, 0, aReply());
  expect(news.crashes).toEqual([fault]);
});
