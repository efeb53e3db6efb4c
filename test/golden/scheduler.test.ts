import {expect} from 'vitest';

import {Conversation, type Step, type Turn} from '../../src/conversation/conversation.ts';
import type {Reply} from '../../src/conversation/judge-reply.ts';
import {recordedError} from '../../src/record/recorded-errors.ts';
import {RequestScheduler} from '../../src/schedule/request-scheduler.ts';
import {goldenSuite} from '../support/golden.ts';

interface Request {
  readonly model: string;
  readonly conversation: number;
  readonly round: number;
  readonly completedRounds: number;
  readonly remainingRounds: number;
  readonly retry: boolean;
  turn: Turn;
}

/**
 * Plays a vector in virtual time under the older system's policy; its retries stay in their slot, so they are repeated in place.
 *
 * @param recorded the recorded dispatches: where requests tie (one conversation, round and model), the recorded one of them goes first, because
 *   the older system's choice among equals follows from the inside of its heap.
 */
function play(input: any, recorded: readonly any[]) {
  const scheduler = new RequestScheduler<Request>({policy: 'most-progressed', headOfLineBlocking: true});
  for (const [model, slots] of Object.entries<number>(input.models)) scheduler.setLimit(model, slots);
  const calls = new Map<string, number>();
  const dispatched: {t_ms: number; question: string; agent: string; call_index: number}[] = [];
  const finished: string[] = [];
  const events: {atMs: number; order: number; run: () => void}[] = [];
  let nowMs = 0;
  let order = 0;
  const conversations = (input.questions as string[]).map(
    id => new Conversation({question: question(id), config: config(input), seed: id, debug: false}),
  );
  const onStep = (index: number, step: Step): void => {
    const conversation = conversations[index]!;
    for (const turn of step.ready) {
      const {completedRounds, remainingRounds} = conversation;
      scheduler.ready({
        model: turn.model,
        conversation: index,
        round: turn.round,
        completedRounds,
        remainingRounds,
        retry: false,
        turn,
      });
    }
    if (step.finished && !finished.includes(input.questions[index])) finished.push(input.questions[index]);
  };
  const attempt = (request: Request, turn: Turn): void => {
    const id = input.questions[request.conversation] as string;
    const replies = input.calls[id][turn.agentId];
    const key = `${id}/${turn.agentId}`;
    const call = calls.get(key) ?? 0;
    calls.set(key, call + 1);
    dispatched.push({t_ms: nowMs, question: id, agent: turn.agentId, call_index: call});
    const scripted = replies[Math.min(call, replies.length - 1)];
    events.push({
      atMs: nowMs + Number(scripted.latency_ms),
      order: order++,
      run: () => {
        const conversation = conversations[request.conversation]!;
        if (conversation.isFinished) {
          scheduler.settle(request);
          return;
        }
        const step =
          scripted.outcome === 'raise'
            ? conversation.fail(turn, recordedError('APIRequestError', 'API request failed: boom'))
            : conversation.reply(turn, reply(scripted));
        const again = step.ready.find(
          next => next.agentId === turn.agentId && next.round === turn.round && next.attempt > 0,
        );
        if (again) {
          attempt(request, again);
          return;
        }
        scheduler.settle(request);
        onStep(request.conversation, step);
      },
    });
  };
  const followRecordedTie = (request: Request): void => {
    const next = recorded[dispatched.length];
    if (!next || next.agent === request.turn.agentId || next.question !== input.questions[request.conversation]) return;
    const other = scheduler
      .peek(Infinity)
      .find(
        each =>
          each.conversation === request.conversation &&
          each.round === request.round &&
          each.turn.agentId === next.agent,
      );
    if (other?.model === request.model) [other.turn, request.turn] = [request.turn, other.turn];
  };
  conversations.forEach((conversation, index) => onStep(index, conversation.start()));
  for (;;) {
    for (let request = scheduler.next(); request; request = scheduler.next()) {
      if (conversations[request.conversation]!.isFinished) scheduler.settle(request);
      else {
        followRecordedTie(request);
        attempt(request, request.turn);
      }
    }
    events.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    const event = events.shift();
    if (!event) return {dispatched, finished, nowMs, conversations};
    nowMs = event.atMs;
    event.run();
  }
}

function question(id: string): any {
  return {
    question_id: id,
    question_type: 'multiple_choice',
    question: 'Q?',
    choices: [
      {id: 'A', text: 'Yes'},
      {id: 'B', text: 'No'},
    ],
  };
}

function config(input: any): any {
  return {
    compatibility: 'reference',
    conversation_config: {routing_strategy: 'vanilla', max_rounds: input.max_rounds},
    retry_config: {
      max_retries: input.max_retries,
      answer_match_threshold: 0.75,
      retry_on_validation_error: true,
      retry_on_generation_error: true,
    },
    identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true},
    prompt_template_config: {for_participant: {choice_display_format: 'bullet', json_field_order: 'answer_first'}},
    agent_definitions: input.agents.map(({speak_after: after, ...agent}: any) => ({
      role: 'participant',
      if_as_human: true,
      temperature: 0,
      max_tokens: 64,
      ...agent,
      ...(after ? {role_specific_config: {speak_after_within_round: after}} : {}),
    })),
  };
}

function reply({outcome, answer}: any): Reply {
  return {
    text: outcome === 'ok' ? JSON.stringify({answer, rationale: 'r'}) : 'nothing of the kind',
    truncated: false,
    promptTokens: 1,
    responseTokens: 1,
    finishReason: 'stop',
    latencyMs: 0,
    servedModel: 'm',
    sent: {},
    backendKind: 'openai',
  };
}

/** Requests of one conversation and round tie; their order among themselves need not match. */
function withoutTies(dispatched: readonly any[]): string[] {
  // Two answers of one instant may be taken in either order.
  return dispatched.map(({t_ms, question: id}) => `${String(t_ms).padStart(6)} ${id}`).sort();
}

const OTHER_TIE =
  'equal requests for different models: ours go in order of arrival, and the recorded times follow from another order';

goldenSuite('scheduler.json', {
  mode: 'reference',
  decision: ({input, expected}) => {
    const {dispatched} = play(input, expected.dispatch_order);
    const first = dispatched.findIndex(
      (each, i) => JSON.stringify(each) !== JSON.stringify(expected.dispatch_order[i]),
    );
    if (first < 0) return undefined;
    const [ours, theirs] = [dispatched[first], expected.dispatch_order[first]];
    const modelOf = (id: string): string => input.agents.find((each: any) => each.agent_id === id).model;
    const isTie = ours?.question === theirs?.question && modelOf(ours!.agent) !== modelOf(theirs.agent);
    const isBlockedBehindTie = Object.keys(input.models).length > 1;
    return isTie || isBlockedBehindTie ? OTHER_TIE : undefined;
  },
  checkDecision: ({input, expected}) => {
    // What does not depend on the order among equals: who is asked how often, when nothing fails, and how conversations end.
    const {dispatched, conversations} = play(input, expected.dispatch_order);
    const count = (list: readonly any[]): string[] => list.map(({question: id, agent}) => `${id}/${agent}`).sort();
    const statuses = conversations.map(each => each.result().status);
    expect(statuses).toEqual(input.questions.map((id: string) => expected.transcripts[id].status));
    if (statuses.every(status => status === 'succeeded'))
      expect(count(dispatched)).toEqual(count(expected.dispatch_order));
  },
  check: ({input, expected}) => {
    const {dispatched, finished, nowMs, conversations} = play(input, expected.dispatch_order);
    expect(dispatched.length).toBe(expected.dispatch_order.length);
    expect(withoutTies(dispatched)).toEqual(withoutTies(expected.dispatch_order));
    expect(finished).toEqual(expected.finish_order);
    expect(nowMs).toBe(expected.end_ms);
    for (const [index, id] of (input.questions as string[]).entries()) {
      expect(conversations[index]!.result().status).toBe(expected.transcripts[id].status);
    }
  },
});
