import {didYouMean} from '../../config/problem.ts';
import {UserError} from '../../core/errors.ts';
import {PRESETS} from '../../plan/study/presets.ts';
import {measureActions} from './action-metrics.ts';
import {summariseActivity} from './activity-summary.ts';
import type {ProbeType} from './answer.ts';
import {ACTION_EVENTS, PROBE_EVENTS, type RunEvent} from './event.ts';
import type {Measures} from './preset.ts';
import {summariseProbes} from './probe-summary.ts';

export type PresetName = (typeof PRESETS)[number];

interface PresetBase {
  readonly name: PresetName;
  /** For `mac eval --list`. */
  readonly summary: string;
  /** Kind of measures, as postprocessors see it. */
  readonly mode: string;
}

/** A preset that needs nothing but its event file. */
export interface SimplePreset extends PresetBase {
  readonly kind: 'simple';
  readonly reads: typeof ACTION_EVENTS | typeof PROBE_EVENTS;
  readonly measure: (events: readonly RunEvent[]) => Measures;
}

/** A preset that reads answers by their type, and draws them. */
export interface ProbePreset extends PresetBase {
  readonly kind: 'probes';
  readonly reads: typeof PROBE_EVENTS;
  /** Null keeps all types. */
  readonly only: ProbeType | null;
}

export type Preset = SimplePreset | ProbePreset;

const BY_NAME: Readonly<Record<PresetName, Omit<SimplePreset, 'name'> | Omit<ProbePreset, 'name'>>> = {
  activity_summary: {
    kind: 'simple',
    mode: 'activity',
    summary: 'users, episodes, how often each action was taken',
    reads: ACTION_EVENTS,
    measure: summariseActivity,
  },
  probe_summary: {
    kind: 'simple',
    mode: 'probes',
    summary: 'labels and episodes of probes, how many were answered',
    reads: PROBE_EVENTS,
    measure: summariseProbes,
  },
  action_metrics_detailed: {
    kind: 'simple',
    mode: 'action_metrics',
    summary: 'actions by episode, agent and both; which action follows which',
    reads: ACTION_EVENTS,
    measure: measureActions,
  },
  probe_metrics_detailed: probePreset(null, 'answers by type, label, episode and agent; plots'),
  probe_binary_detailed: probePreset('binary', 'the same of yes/no questions'),
  probe_numeric_detailed: probePreset('numeric', 'the same of ratings and other numbers'),
  probe_choice_detailed: probePreset('choice', 'the same of questions with choices'),
  probe_freetext_detailed: probePreset('freetext', 'the same of free answers: lengths and frequent words'),
};

function probePreset(only: ProbeType | null, summary: string): Omit<ProbePreset, 'name'> {
  return {kind: 'probes', mode: `probe_${only ?? 'metrics'}`, summary, reads: PROBE_EVENTS, only};
}

export function listPresets(): Preset[] {
  return PRESETS.map(name => ({name, ...BY_NAME[name]}));
}

/** Finds a preset, with or without `builtin.` in front. @throws UserError `preset-unknown`. */
export function findPreset(name: string): Preset {
  const plain = name.replace(/^builtin\./, '');
  const preset = listPresets().find(each => each.name === plain);
  if (preset) return preset;
  const meant = didYouMean(plain, PRESETS);
  throw new UserError('preset-unknown', `there is no preset "${name}"`, {
    hint: meant === undefined ? `there are: ${PRESETS.join(', ')}` : `did you mean ${meant}?`,
  });
}
