import {Conversation} from '../../src/conversation/conversation.ts';
import type {Turn} from '../../src/conversation/turn.ts';
import type {Reply} from '../../src/conversation/judging/judgement.ts';

export const QUESTION: any = {
  question_id: 'q',
  question_type: 'multiple_choice',
  question: 'Who?',
  choices: [
    {id: 'A', text: 'The African American man'},
    {id: 'B', text: 'The African American woman'},
    {id: 'C', text: 'Not known'},
  ],
};

export interface SetupOptions {
  conversation?: object;
  agents?: any[];
  retries?: object;
  compatibility?: string;
  question?: object;
  model?: object;
  template?: object;
  debug?: boolean;
}

export function config(overrides: SetupOptions = {}): any {
  return {
    ...(overrides.compatibility ? {compatibility: overrides.compatibility} : {}),
    conversation_config: {routing_strategy: 'vanilla', max_rounds: 3, ...overrides.conversation},
    retry_config: {
      max_retries: 2,
      answer_match_threshold: 0.75,
      retry_on_validation_error: true,
      retry_on_generation_error: true,
      ...overrides.retries,
    },
    model_definitions: {m: {backend: 'simulated', ...overrides.model}},
    identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true},
    prompt_template_config: {
      for_participant: {choice_display_format: 'bullet', json_field_order: 'answer_first', ...overrides.template},
    },
    agent_definitions: overrides.agents ?? ['a', 'b', 'c'].map(id => agent(id)),
  };
}

export function agent(id: string, extra: object = {}): any {
  return {agent_id: id, role: 'participant', if_as_human: true, model: 'm', temperature: 0, max_tokens: 64, ...extra};
}

export function after(...ids: string[]): object {
  return {role_specific_config: {speak_after_within_round: ids}};
}

export function reply(value: unknown, extra: Partial<Reply> = {}): Reply {
  return {
    text: typeof value === 'string' ? value : JSON.stringify(value),
    ending: 'complete',
    promptTokens: 10,
    responseTokens: 5,
    finishReason: 'stop',
    latencyMs: 1,
    servedModel: 'm',
    sent: {},
    backendKind: 'simulated',
    ...extra,
  };
}

export const answer = (text = 'Not known'): Reply => reply({answer: text, rationale: 'because'});

export function start(options: SetupOptions = {}): {conversation: Conversation; ready: Turn[]} {
  const conversation = new Conversation({
    question: {...QUESTION, ...options.question},
    config: config(options),
    seed: 's',
    debug: options.debug ?? false,
  });
  return {conversation, ready: [...conversation.start().ready]};
}

/** Answers turns in an order that `pick` decides, until the conversation is over. */
export function playOut(
  options: SetupOptions,
  pick: (count: number) => number,
  said: (turn: Turn) => Reply = () => answer(),
) {
  const {conversation, ready} = start(options);
  const prompts = new Map<string, string>();
  while (ready.length > 0) {
    const [turn] = ready.splice(pick(ready.length), 1);
    prompts.set(`${turn!.round}/${turn!.agentId}`, turn!.user);
    ready.push(...conversation.reply(turn!, said(turn!)).ready);
  }
  return {conversation, prompts};
}
