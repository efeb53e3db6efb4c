import {asList} from '../../core/mapping.ts';
import {inferType, readAnswer, type ProbeType, PROBE_TYPES} from './answer.ts';
import {compareEvents, sequenceKey, type RunEvent} from './event.ts';
import {listEpisodes} from './activity-summary.ts';
import {parseType, type ProbeSettings} from './probe-types.ts';
import {Counter, Groups} from './statistics.ts';

/** An answer to a probe, or its absence. */
export interface Probe {
  readonly event: RunEvent;
  /** Without blanks around it; null when there is none. */
  readonly answer: string | null;
}

/** All probes of one label have one type. */
export interface ProbeLabel {
  readonly label: string;
  /** `unknown`: nothing declares it and nobody answered. */
  readonly type: ProbeType | 'unknown';
  readonly source: 'config' | 'event' | 'inferred';
  /** Choices that were offered, as the config or the events declare them; empty where neither does. */
  readonly choices: readonly string[];
  /** In the order of the run. */
  readonly probes: readonly Probe[];
}

/** The mode of answers that were carried forward. */
const CARRIED = 'carry_forward_imputed';

/**
 * Groups the probes of a run by label, in alphabetical order, each with its type: that of the config; else the one that
 * its events agree on (`data.probe_type`); else the most frequent among the types that its answers look like, of
 * equally frequent ones the more general.
 *
 * @param events in the order of the run.
 */
export function groupProbes(events: readonly RunEvent[], settings: ProbeSettings): ProbeLabel[] {
  const byLabel = new Groups<string, Probe[]>(() => []);
  for (const event of events) byLabel.get(event.label).push({event, answer: readAnswer(event)});
  return byLabel.entries().map(([label, probes]) => ({
    label,
    ...chooseType(probes, settings.types.get(label)),
    choices: settings.choices.get(label) ?? listOffered(probes),
    probes,
  }));
}

function chooseType(probes: readonly Probe[], declared: ProbeType | undefined): Pick<ProbeLabel, 'type' | 'source'> {
  if (declared) return {type: declared, source: 'config'};
  const named = new Set(probes.flatMap(({event}) => readNamedType(event) ?? []));
  const [only] = named;
  if (only && named.size === 1) return {type: only, source: 'event'};
  const likely = new Counter();
  for (const {answer} of probes) if (answer !== null) likely.add(inferType(answer));
  const most = Math.max(...PROBE_TYPES.map(type => likely.get(type)));
  const type = most > 0 ? PROBE_TYPES.findLast(each => likely.get(each) === most) : undefined;
  return {type: type ?? 'unknown', source: 'inferred'};
}

/** Returns the choices that events say were offered (`data.probe_choices`), in the order in which they first occur. */
function listOffered(probes: readonly Probe[]): string[] {
  const offered = probes.flatMap(({event}) => asList(event.data['probe_choices']));
  return [...new Set(offered)].filter(choice => typeof choice === 'string');
}

function readNamedType({data}: RunEvent): ProbeType | undefined {
  const name = data['probe_type'];
  return typeof name === 'string' ? parseType(name) : undefined;
}

/**
 * Adds to the probes of a run the answers that still stood: where an agent was not asked a probe in an episode, its
 * last answer before that. Not where it was asked and did not answer. The episodes are those in which any probe was
 * asked.
 *
 * @param events in the order of the run.
 */
export function carryForward(events: readonly RunEvent[]): RunEvent[] {
  const episodes = listEpisodes(events);
  const sequences = new Groups<string, RunEvent[]>(() => []);
  for (const event of events) sequences.get(JSON.stringify([sequenceKey(event), event.label])).push(event);
  const added: RunEvent[] = [];
  for (const [, own] of sequences.entries()) {
    const asked = new Set(own.map(({episode}) => episode));
    let next = 0;
    let standing: RunEvent | undefined;
    for (const episode of episodes) {
      for (; (own[next]?.episode ?? Infinity) <= episode; next++) {
        const event = own[next];
        if (event && readAnswer(event) !== null) standing = event;
      }
      if (standing && !asked.has(episode)) added.push(imputeEvent(standing, episode));
    }
  }
  return [...events, ...added].sort(compareEvents);
}

/** Returns an answer as it stands in a later episode, before what was said there. */
function imputeEvent(event: RunEvent, episode: number): RunEvent {
  return {...event, episode, eventIndex: -1, data: {...event.data, probe_mode: CARRIED}};
}
