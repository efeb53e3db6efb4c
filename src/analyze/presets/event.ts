/** An action of a run, or an answer to a probe, as its event files have it: one JSON object a line. */
export interface RunEvent {
  /** Lower case: `action`, `probe`, or another kind, which the presets only count. */
  readonly eventType: string;
  readonly label: string;
  readonly sourceUser: string;
  readonly episode: number;
  /** Place in the run; in files that do not say, the number of the line. */
  readonly eventIndex: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export const ACTION_EVENTS = 'action_events.jsonl';
export const PROBE_EVENTS = 'probe_events.jsonl';

/** Stands in for a label or an agent that an event does not name. */
export const UNKNOWN = 'unknown';

/** Returns an event as one line of a file has it, for `renderJsonLine`. */
export function toEventLine({eventType, label, sourceUser, episode, eventIndex, data}: RunEvent): object {
  return {event_type: eventType, label, source_user: sourceUser, episode, event_index: eventIndex, data};
}

/**
 * Returns the sequence that an event belongs to: one agent, within one conversation where events name it. What an agent
 * said in one conversation neither follows nor outlives what it said in another.
 */
export function sequenceKey({sourceUser, data}: RunEvent): string {
  const {transcript_id: conversation} = data;
  return JSON.stringify([sourceUser, typeof conversation === 'string' ? conversation : null]);
}

/** Compares events by their order in a run. */
export function compareEvents(a: RunEvent, b: RunEvent): number {
  return a.episode - b.episode || a.eventIndex - b.eventIndex;
}
