import type {ProbeType} from './answer.ts';
import {measureLabel} from './label-metrics.ts';
import type {RunEvent} from './event.ts';
import type {Measures} from './preset.ts';
import {carryForward, groupProbes, type ProbeLabel} from './probes.ts';
import type {ProbeSettings} from './probe-types.ts';
import {Counter, Groups} from './statistics.ts';

export interface ProbeOptions {
  readonly settings: ProbeSettings;
  /** Null keeps all types. */
  readonly only: ProbeType | null;
  /** See `carryForward`. */
  readonly carriesForward: boolean;
}

export interface ProbeMeasures extends Measures {
  /** Those that are kept, for plots and postprocessors. */
  readonly labels: readonly ProbeLabel[];
}

/** Measures the probes of a run by type, label, episode, agent, and agent and episode. */
export function measureProbes(
  events: readonly RunEvent[],
  {settings, only, carriesForward}: ProbeOptions,
): ProbeMeasures {
  const asked = events.filter(({eventType}) => eventType === 'probe');
  const probes = carriesForward ? carryForward(asked) : asked;
  const all = groupProbes(probes, settings);
  const labels = all.filter(({type}) => only === null || type === only);
  const kept = labels.flatMap(({probes: own}) => own);
  const byEpisode = new Groups<number, Counter>(() => new Counter());
  const byAgent = new Counter();
  for (const {event} of kept) {
    byAgent.add(event.sourceUser);
    byEpisode.get(event.episode).add(event.sourceUser);
  }
  const byBoth = new Groups<string, Groups<number, number[]>>(() => new Groups(() => []));
  for (const {event} of kept) byBoth.get(event.sourceUser).get(event.episode).push(event.eventIndex);
  const measured = labels.map(label => ({label, ...measureLabel(label)}));
  const present = kept.filter(({answer}) => answer !== null).length;
  return {
    labels,
    payload: {
      summary_type: 'probe_metrics',
      filter_probe_type: only,
      total_events: events.length,
      total_probe_events: probes.length,
      total_probe_events_raw: asked.length,
      carry_forward_enabled: carriesForward,
      filtered_probe_events: kept.length,
      filtered_out_probe_events: probes.length - kept.length,
      probe_type_by_label: Object.fromEntries(all.map(({label, type}) => [label, type])),
      per_type: describeTypes(measured),
      per_label: Object.fromEntries(measured.map(({label, payload}) => [label.label, payload])),
      per_episode: byEpisode.toRecord(counts => counts.total),
      per_agent: byAgent.toRecord(),
      per_agent_per_episode: byBoth.toRecord(ofAgent => ofAgent.toRecord(indices => indices.length)),
    },
    aggregated: {
      probes: kept.length,
      responses: present,
      ...(kept.length === 0 ? {} : {response_rate: present / kept.length}),
      ...Object.fromEntries(
        measured.flatMap(({label, aggregated}) =>
          Object.entries(aggregated).map(([name, value]) => [`${label.label}.${name}`, value]),
        ),
      ),
    },
  };
}

function describeTypes(
  measured: readonly {readonly label: ProbeLabel; readonly unparsed: number}[],
): Record<string, Record<string, number>> {
  const byType = new Groups<string, Counter>(() => new Counter());
  for (const {label, unparsed} of measured) {
    const counts = byType.get(label.type);
    const present = label.probes.filter(({answer}) => answer !== null).length;
    counts.add('labels');
    counts.add('total_events', label.probes.length);
    counts.add('responses_present', present);
    counts.add('responses_missing', label.probes.length - present);
    counts.add('responses_unparsed', unparsed);
  }
  return byType.toRecord(counts => counts.toRecord());
}
