import {sequenceKey, type RunEvent} from './event.ts';
import type {Measures} from './preset.ts';
import {Counter, Groups} from './statistics.ts';

const MOST_TRANSITIONS = 200;

/** Counts the actions of a run by episode, by agent, by both, and which action of an agent follows which. */
export function measureActions(events: readonly RunEvent[]): Measures {
  const actions = events.filter(({eventType}) => eventType === 'action');
  const labels = new Counter();
  const byEpisode = new Groups<number, Counter>(() => new Counter());
  const agentsByEpisode = new Groups<number, Counter>(() => new Counter());
  const byAgent = new Groups<string, Counter>(() => new Counter());
  const byBoth = new Groups<string, Groups<number, Counter>>(() => new Groups(() => new Counter()));
  for (const {label, sourceUser, episode} of actions) {
    labels.add(label);
    byEpisode.get(episode).add(label);
    agentsByEpisode.get(episode).add(sourceUser);
    byAgent.get(sourceUser).add(label);
    byBoth.get(sourceUser).get(episode).add(label);
  }
  const agents = byAgent.entries().length;
  const episodes = byEpisode.entries();
  const turnout = episodes.reduce((sum, [episode]) => sum + agentsByEpisode.get(episode).texts().length, 0);
  return {
    payload: {
      summary_type: 'action_metrics',
      total_events: events.length,
      total_action_events: actions.length,
      unique_action_labels: labels.texts(),
      label_counts: labels.toRecord(),
      per_episode: byEpisode.toRecord((counts, episode) => describeEpisode(counts, agentsByEpisode.get(episode))),
      per_agent: byAgent.toRecord((counts, agent) => {
        const own = byBoth
          .get(agent)
          .entries()
          .map(([episode]) => episode);
        return {first_episode: own[0], last_episode: own.at(-1), ...describeCounts(counts)};
      }),
      per_agent_per_episode: byBoth.toRecord(ofAgent => ofAgent.toRecord(describeCounts)),
      transition_counts: Object.fromEntries(countTransitions(actions).listMostFrequent(MOST_TRANSITIONS)),
    },
    aggregated: {
      actions: actions.length,
      agents,
      episodes: episodes.length,
      action_kinds: labels.texts().length,
      ...(agents === 0 ? {} : {actions_per_agent: actions.length / agents}),
      ...(episodes.length === 0
        ? {}
        : {
            actions_per_episode: actions.length / episodes.length,
            active_agents_per_episode: turnout / episodes.length,
          }),
      ...Object.fromEntries(
        labels.texts().flatMap(label => [
          [`count.${label}`, labels.get(label)],
          [`share.${label}`, labels.get(label) / actions.length],
        ]),
      ),
    },
  };
}

function describeCounts(counts: Counter): object {
  return {total_actions: counts.total, label_counts: counts.toRecord()};
}

function describeEpisode(counts: Counter, agents: Counter): object {
  const active = agents.texts();
  return {
    total_actions: counts.total,
    active_agents: active,
    num_active_agents: active.length,
    avg_actions_per_active_agent: counts.total / active.length,
    label_counts: counts.toRecord(),
  };
}

/** @param actions in the order of the run. */
function countTransitions(actions: readonly RunEvent[]): Counter {
  const transitions = new Counter();
  const last = new Map<string, string>();
  for (const action of actions) {
    const key = sequenceKey(action);
    const before = last.get(key);
    if (before !== undefined) transitions.add(`${before} -> ${action.label}`);
    last.set(key, action.label);
  }
  return transitions;
}
