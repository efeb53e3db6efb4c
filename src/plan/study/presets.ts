import {suggest} from '../../config/problem.ts';
import type {WrittenEvaluator} from './study-schema.ts';

/** Evaluators that come with mac: `mac eval NAME`. */
export const PRESETS = [
  'activity_summary',
  'probe_summary',
  'action_metrics_detailed',
  'probe_metrics_detailed',
  'probe_binary_detailed',
  'probe_numeric_detailed',
  'probe_choice_detailed',
  'probe_freetext_detailed',
] as const;

/** The study's own program `./eval`, beside its file. */
const STUDY_EVAL = 'study_eval';

/** Returns what a preset stands for; undefined when there is none of the name. */
export function findPreset(name: string): Pick<WrittenEvaluator, 'id' | 'command'> | undefined {
  const plain = name.replace(/^builtin\./, '');
  if (plain === STUDY_EVAL) return {id: STUDY_EVAL, command: ['./eval']};
  if (!PRESETS.some(preset => preset === plain)) return undefined;
  return {id: plain, command: ['{mac}', 'eval', plain]};
}

/** Returns the hint for the name of a preset that is not there. */
export function suggestPreset(name: string): string {
  const names = [...PRESETS, STUDY_EVAL].map(preset => `builtin.${preset}`);
  const full = name.startsWith('builtin.') ? name : `builtin.${name}`;
  return suggest(full, names) ?? `there is: ${names.join(', ')}`;
}
