import {listEpisodes} from './activity-summary.ts';
import {readAnswer} from './answer.ts';
import type {RunEvent} from './event.ts';
import type {Measures} from './preset.ts';
import {Counter} from './statistics.ts';

/** Summarises the probes of a run: labels, episodes, how many were answered. */
export function summariseProbes(events: readonly RunEvent[]): Measures {
  const probes = events.filter(({eventType}) => eventType === 'probe');
  const labels = new Counter();
  for (const {label} of probes) labels.add(label);
  const present = probes.filter(probe => readAnswer(probe) !== null).length;
  const episodes = listEpisodes(probes);
  return {
    payload: {
      summary_type: 'probes',
      total_events: events.length,
      total_probe_events: probes.length,
      probe_labels: labels.toRecord(),
      probe_episodes: episodes,
      responses_present: present,
      responses_missing: probes.length - present,
    },
    aggregated: {
      probes: probes.length,
      probe_labels: labels.texts().length,
      episodes: episodes.length,
      responses: present,
      ...(probes.length === 0 ? {} : {response_rate: present / probes.length}),
    },
  };
}
