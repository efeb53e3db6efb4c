import {UNKNOWN, type RunEvent} from './event.ts';
import type {Measures} from './preset.ts';
import {compareCodes, Counter} from './statistics.ts';

const MOST_LABELS = 20;

/** Summarises the actions of a run: users, episodes, how often each action was taken. */
export function summariseActivity(events: readonly RunEvent[]): Measures {
  const actions = events.filter(({eventType}) => eventType === 'action');
  const all = new Counter();
  const ofActions = new Counter();
  for (const {label} of events) all.add(label);
  for (const {label} of actions) ofActions.add(label);
  const users = listUsers(events);
  const episodes = listEpisodes(events);
  return {
    payload: {
      summary_type: 'activity',
      total_events: events.length,
      total_action_events: actions.length,
      unique_users: users,
      num_unique_users: users.length,
      episodes_seen: episodes,
      num_episodes_seen: episodes.length,
      action_counts: ofActions.toRecord(),
      top_labels: all.listMostFrequent(MOST_LABELS),
    },
    aggregated: {
      events: events.length,
      actions: actions.length,
      users: users.length,
      episodes: episodes.length,
      ...Object.fromEntries(ofActions.texts().map(label => [`count.${label}`, ofActions.get(label)])),
    },
  };
}

/** Returns who acts: neither `system` nor events that name nobody. */
function listUsers(events: readonly RunEvent[]): string[] {
  const users = new Set(events.map(({sourceUser}) => sourceUser));
  return [...users].filter(user => user !== UNKNOWN && user.toLowerCase() !== 'system').sort(compareCodes);
}

export function listEpisodes(events: readonly RunEvent[]): number[] {
  return [...new Set(events.map(({episode}) => episode))].sort((a, b) => a - b);
}
