import {seededRandom} from '../core/seeds/random.ts';
import {shuffle} from '../core/seeds/shuffle.ts';
import type {MessageOrder, TaskConfig} from '../core/task-config.ts';
import type {Question} from '../questions/question.ts';
import type {ConversationRound, Message} from '../record/formats.ts';
import {discussionLine} from './roles/registry.ts';
import type {Router} from './routing.ts';
import type {Seat} from './seat.ts';

/** A conversation so far, and how its messages are shown. */
export interface Discussion {
  readonly question: Question;
  readonly config: TaskConfig;
  readonly seed: string;
  readonly router: Router;
  readonly order: MessageOrder;
  /** Position by agent id. */
  readonly seats: ReadonlyMap<string, number>;
  readonly rounds: readonly ConversationRound[];
  /** Messages of the round that is going on. */
  readonly current: readonly Message[];
}

/** Renders what an agent sees of a discussion, one line a message. */
export function renderDiscussion(seat: Seat, discussion: Discussion): readonly string[] {
  return listVisible(seat, discussion).map(message => renderLine(message, discussion));
}

/**
 * Lists what an agent sees: the round before as far as it was addressed, then what those it waited for have said in
 * this one. Under `compatibility: reference` also what others happen to have said by then, which depends on who answers
 * faster.
 */
function listVisible({agent: {agent_id: reader}, speaksAfter}: Seat, discussion: Discussion): readonly Message[] {
  const {config, router, order, seats, rounds} = discussion;
  const isReference = config.compatibility === 'reference';
  const previous = (rounds.at(-1)?.messages ?? []).filter(message => message.visible_to.includes(reader));
  const current = discussion.current.filter(
    message => (isReference || speaksAfter.has(message.agent_id)) && router.seesWithinRound(reader, message),
  );
  const how = {order, seats, seed: `${discussion.seed}/${rounds.length}/${reader}`};
  return [...orderMessages(previous, how), ...orderMessages(current, how)];
}

function renderLine(message: Message, {question, config, router}: Discussion): string {
  // A copied placeholder is no reason that anybody gave.
  const showsRationales = router.showsRationales && message.message_metadata.call?.placeholder !== true;
  const line = discussionLine(message, question, showsRationales);
  return config.conversation_config.share_reasoning === true ? line + thoughtsLine(message) : line;
}

/** Returns the thoughts behind a message, marked as such; empty where there are none. */
function thoughtsLine({agent_id: id, message_metadata: {call}}: Message): string {
  return call?.reasoning_text === undefined ? '' : `\n  [thoughts of ${id}, not said aloud: ${call.reasoning_text}]`;
}

/**
 * Returns messages in the order in which a reader sees them. `completion`: as they came in; `seat`: in the order of the
 * agents in the config, whoever answered first; `shuffled`: an order that depends on the seed alone.
 */
function orderMessages(
  messages: readonly Message[],
  how: {readonly order: MessageOrder; readonly seats: ReadonlyMap<string, number>; readonly seed: string},
): readonly Message[] {
  switch (how.order) {
    case 'completion':
      return messages;
    case 'seat':
      return inSeatOrder(messages, how.seats);
    case 'shuffled':
      return shuffle(inSeatOrder(messages, how.seats), seededRandom(how.seed));
  }
}

/** Sorts messages by their agents' places in the config; `seats` holds the position by agent id. */
export function inSeatOrder(messages: readonly Message[], seats: ReadonlyMap<string, number>): Message[] {
  const position = ({agent_id: id}: Message): number => seats.get(id) ?? 0;
  return [...messages].sort((a, b) => position(a) - position(b));
}
