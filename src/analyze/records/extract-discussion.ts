import type {Question} from '../../questions/question.ts';
import type {Message, Transcript} from '../../record/formats.ts';
import type {Discussion, DiscussionSeat} from '../metrics/discussion/discussion.ts';

/**
 * Extracts the participants' answers by round and who saw whom. Judges, moderators and devil's advocates are left out:
 * they do not answer the question as participants do.
 *
 * @param agentIds the config's order; agents that it does not name come last.
 * @returns null when no participant spoke.
 */
export function extractDiscussion(
  transcript: Transcript,
  question: Question,
  agentIds: readonly string[],
): Discussion | null {
  const rounds = transcript.conversation_rounds.map(({messages}) => messages.filter(isAnswer));
  const seats = listSeats(rounds, agentIds);
  if (rounds.length === 0 || seats.length === 0) return null;
  const byRound = rounds.map(messages => seats.map(({agentId}) => findLastMessage(agentId, messages)));
  const shown = shownOrder(transcript, question);
  return {
    question,
    seats,
    ...(shown ? {shown} : {}),
    answers: byRound.map(said => said.map(message => readAnswer(message, question))),
    seen: byRound.map(said => seats.map((reader, seat) => visibleTo(reader, seat, said))),
  };
}

/** Returns the transcript's own order of choices; undefined if it has none, or the question file's. */
function shownOrder({provenance}: Transcript, question: Question): readonly string[] | undefined {
  const own = question.choices.map(({id}) => id);
  // Records from elsewhere may lack the list.
  const choices = (provenance as Partial<Transcript['provenance']>)?.choices ?? [];
  const shown = choices.map(({id}) => id);
  const isOrder = shown.length === own.length && own.every(id => shown.includes(id));
  return isOrder && shown.some((id, place) => id !== own[place]) ? shown : undefined;
}

function isAnswer({structured_response: response}: Message): boolean {
  return response.response_type === 'participant';
}

function listSeats(rounds: readonly (readonly Message[])[], agentIds: readonly string[]): DiscussionSeat[] {
  const seats: DiscussionSeat[] = [];
  for (const messages of rounds) {
    for (const {agent_id: agentId, agent_identity_display: display} of messages) {
      if (!seats.some(seat => seat.agentId === agentId)) seats.push({agentId, display});
    }
  }
  const place = ({agentId}: DiscussionSeat): number =>
    agentIds.includes(agentId) ? agentIds.indexOf(agentId) : agentIds.length;
  return seats.sort((a, b) => place(a) - place(b));
}

function findLastMessage(agentId: string, messages: readonly Message[]): Message | undefined {
  return messages.findLast(({agent_id: id}) => id === agentId);
}

/** Text that matched no choice stands in records as it is; it is no answer. */
function readAnswer(message: Message | undefined, {choices}: Question): string | null {
  const opinion = message?.structured_response.opinion;
  return typeof opinion === 'string' && choices.some(({id}) => id === opinion) ? opinion : null;
}

/** @param said by seat. */
function visibleTo(
  {agentId}: DiscussionSeat,
  reader: number,
  said: readonly (Message | undefined)[],
): readonly number[] {
  const seats: number[] = [];
  for (const [seat, message] of said.entries()) {
    if (seat !== reader && message?.visible_to.includes(agentId) === true) seats.push(seat);
  }
  return seats;
}
