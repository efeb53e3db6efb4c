import type {Question} from '../../questions/question.ts';
import type {Message, Transcript} from '../../record/formats.ts';
import type {Discussion, DiscussionSeat} from '../metrics/discussion/discussion.ts';

/**
 * What the metrics need of a transcript: the participants' answers by round and who saw whom. Judges, moderators and devil's advocates do not answer the
 * question as participants do and are left out.
 *
 * @param agentIds the config's order; agents that it does not name come last.
 * @returns null when no participant spoke.
 */
export function discussionOf(
  transcript: Transcript,
  question: Question,
  agentIds: readonly string[],
): Discussion | null {
  const rounds = transcript.conversation_rounds.map(({messages}) => messages.filter(isAnswer));
  const seats = seatsOf(rounds, agentIds);
  if (rounds.length === 0 || seats.length === 0) return null;
  const choices = new Set(question.choices.map(({id}) => id));
  const byAgent = rounds.map(messages => new Map(messages.map(message => [message.agent_id, message])));
  return {
    question,
    seats,
    answers: byAgent.map(said => seats.map(({agentId}) => answerOf(said.get(agentId), choices))),
    seen: byAgent.map(said => seats.map((_, reader) => visibleTo(reader, seats, said))),
  };
}

function isAnswer({structured_response: response}: Message): boolean {
  return response.response_type === 'participant';
}

function seatsOf(rounds: readonly (readonly Message[])[], agentIds: readonly string[]): DiscussionSeat[] {
  const displays = new Map<string, string | null>();
  for (const {agent_id: id, agent_identity_display: display} of rounds.flat()) {
    if (!displays.has(id)) displays.set(id, display);
  }
  const place = (id: string): number => (agentIds.includes(id) ? agentIds.indexOf(id) : agentIds.length);
  return [...displays]
    .map(([agentId, display]) => ({agentId, display}))
    .sort((a, b) => place(a.agentId) - place(b.agentId));
}

/** Text that matched no choice stands in records as it is; it is no answer. */
function answerOf(message: Message | undefined, choices: ReadonlySet<string>): string | null {
  const opinion = message?.structured_response.opinion;
  return typeof opinion === 'string' && choices.has(opinion) ? opinion : null;
}

function visibleTo(
  reader: number,
  seats: readonly DiscussionSeat[],
  said: ReadonlyMap<string, Message>,
): readonly number[] {
  const readerId = seats[reader]?.agentId ?? '';
  return seats.flatMap(({agentId}, seat) =>
    seat !== reader && said.get(agentId)?.visible_to.includes(readerId) === true ? [seat] : [],
  );
}
