import type {Mapping} from '../../core/mapping.ts';
import type {Trial} from '../../core/trial.ts';
import {listEvaluators, readEvaluators, refuseTwins} from './evaluators.ts';
import type {CheckedStudy} from './read-study.ts';
import {listReusedRows} from './reused-rows.ts';
import type {Arm, StudyContext} from './row.ts';
import {listRunRows} from './run-rows.ts';
import type {Condition, Hypothesis} from './study-schema.ts';

/** Returns the rows of a study in the order of its file: hypotheses, conditions, scenarios, seeds. */
export function expandRows(context: StudyContext): Trial[] {
  const {study, home} = context;
  const {file, report} = study;
  const ofStudy = readEvaluators(file.evaluations, {path: ['evaluations'], idPrefix: 'eval', home, report});
  refuseTwins(ofStudy, report);
  const places = new Set<string>();
  return Object.entries(file.hypotheses).flatMap(([hypothesisId, hypothesis]) =>
    Object.entries(hypothesis.conditions).flatMap(([conditionId, condition]) => {
      const path = ['hypotheses', hypothesisId, 'conditions', conditionId];
      const own = readEvaluators(condition.evaluations, {
        path: [...path, 'evaluations'],
        idPrefix: 'condition_eval',
        home,
        report,
      });
      const evaluators = listEvaluators(ofStudy, own, condition.evaluation_mode, report);
      const overrides = mergeOverrides(study, hypothesis, condition);
      const shared = {condition, path, evaluators, overrides, told: new Set<string>(), places};
      const arm: Arm = {...context, hypothesisId, conditionId, ...shared};
      return condition.execution?.mode === 'reuse_existing' ? listReusedRows(arm) : listRunRows(arm);
    }),
  );
}

/** Merges overrides key by key, low to high: cadence of checkpoints, inline ones, defaults, hypothesis, condition. */
function mergeOverrides(
  {defaults, inlineOverrides}: CheckedStudy,
  hypothesis: Hypothesis,
  condition: Condition,
): Mapping {
  const every = defaults.checkpoint_every_n_steps;
  const cadence = every === true ? 1 : every === false || !every ? undefined : every;
  return {
    ...(cadence === undefined ? {} : {checkpoint_every_n_steps: cadence}),
    ...inlineOverrides,
    ...defaults.overrides,
    ...hypothesis.overrides,
    ...condition.overrides,
  };
}
