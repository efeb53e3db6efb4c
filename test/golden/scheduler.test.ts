import {expect} from 'vitest';

import {Conversation, type Step} from '../../src/conversation/conversation.ts';
import type {Turn} from '../../src/conversation/turn.ts';
import {countRetries, toOutcome} from '../../src/conversation/transcript/outcome.ts';
import type {Reply} from '../../src/conversation/judging/judgement.ts';
import {recordedError} from '../../src/record/task/recorded-errors.ts';
import {RequestScheduler} from '../../src/schedule/request-scheduler.ts';
import {goldenSuite, type GoldenVector} from '../support/golden.ts';

interface Request {
  readonly model: string;
  readonly conversation: number;
  readonly round: number;
  readonly completedRounds: number;
  readonly remainingRounds: number;
  readonly retry: boolean;
  readonly turn: Turn;
}

/**
 * Plays a vector in virtual time under the older system's policy; its retries stay in their slot, so they are repeated
 * in place.
 */
function play(input: any) {
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
    if (!step.finished) return;
    if (conversation.result().status !== 'succeeded') scheduler.dropConversation(index);
    if (!finished.includes(input.questions[index])) finished.push(input.questions[index]);
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
          // A late failure makes the older system clear its queue again, which reorders equal requests.
          if (scripted.outcome !== 'ok') scheduler.dropConversation(request.conversation);
          return;
        }
        const step =
          scripted.outcome === 'raise'
            ? conversation.fail(turn, {
                outcome: 'server',
                // The vectors' exception has no code of its own.
                error: {...recordedError('APIRequestError', 'boom'), error_code: 'UNKNOWN_ERROR'},
              })
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
  conversations.forEach((conversation, index) => onStep(index, conversation.start()));
  for (;;) {
    for (let request = scheduler.next(); request; request = scheduler.next()) {
      if (conversations[request.conversation]!.isFinished) scheduler.settle(request);
      else attempt(request, request.turn);
    }
    events.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    const atMs = events[0]?.atMs;
    if (atMs === undefined) return {dispatched, finished, nowMs, conversations};
    nowMs = atMs;
    // All that happens at one instant happens before the next dispatch, as in the older system's loop.
    while (events[0]?.atMs === nowMs) events.shift()?.run();
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
    ending: 'complete',
    promptTokens: 1,
    responseTokens: 1,
    finishReason: 'stop',
    latencyMs: 0,
    servedModel: 'm',
    sent: {},
    backendKind: 'openai',
  };
}

/** Returns of a conversation's transcript what the vectors hold of theirs. */
function transcriptOf(conversation: Conversation): object {
  const outcome = toOutcome(conversation.result(), true);
  const messages = outcome.rounds.map(round => round.messages);
  return {
    status: outcome.status,
    rounds: messages.map(round => round.map(message => message.agent_id)),
    message_ids: messages.map(round => round.map(message => message.message_id)),
    error_code: outcome.error?.error_code ?? null,
    total_messages: outcome.tokens.total_messages,
    ...countRetries(outcome),
  };
}

/** Retries of conversations that an exception ended while a turn was asked again: [total, messages that needed any]. */
const RETRIES_BEFORE_EXCEPTION: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  'scheduler-p0008': {Q8x2: [2, 1]},
  'scheduler-p0025': {Q25x2: [1, 1]},
  'scheduler-p0035': {Q35x4: [1, 1]},
};

function check({id: vector, input, expected}: GoldenVector): void {
  const {dispatched, finished, nowMs, conversations} = play(input);
  expect(dispatched).toEqual(expected.dispatch_order);
  expect(finished).toEqual(expected.finish_order);
  expect(nowMs).toBe(expected.end_ms);
  for (const [index, id] of (input.questions as string[]).entries()) {
    const [total_retry_attempts, messages_requiring_retries] = RETRIES_BEFORE_EXCEPTION[vector]?.[id] ?? [];
    const counted = total_retry_attempts === undefined ? {} : {total_retry_attempts, messages_requiring_retries};
    expect(transcriptOf(conversations[index]!), id).toEqual({...expected.transcripts[id], ...counted});
  }
}

goldenSuite('scheduler.json', {
  mode: 'reference',
  check,
  decision: ({id}) =>
    id in RETRIES_BEFORE_EXCEPTION
      ? 'retries of a turn that ended with an exception are counted (the older system lost them)'
      : undefined,
  checkDecision: check,
});
