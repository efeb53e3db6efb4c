import type {MessageOrder} from '../core/task-config.ts';
import {seededRandom} from '../core/seeds/random.ts';
import {shuffle} from '../core/seeds/shuffle.ts';
import type {Message} from '../record/formats.ts';

/**
 * Messages in the order in which a reader sees them. `completion`: as they came in; `seat`: as the agents stand in the
 * config, whoever answered first; `shuffled`: an order that depends on the seed alone.
 */
export function orderMessages(
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

/** @param seats position by agent id. */
export function inSeatOrder(messages: readonly Message[], seats: ReadonlyMap<string, number>): Message[] {
  const position = ({agent_id: id}: Message): number => seats.get(id) ?? 0;
  return [...messages].sort((a, b) => position(a) - position(b));
}
