import type {Mapping} from '../../core/mapping.ts';
import type {Trial} from '../../core/trial.ts';

/** Returns a row as `plan.json` has it; `command` is null where an earlier run is used again. */
export function toPlanRow({id, labels, runner, evaluators, details}: Trial, studyId: string): Mapping {
  return {
    run_id: id,
    study_id: studyId,
    hypothesis: labels['hypothesis'],
    condition: labels['condition'],
    sub_experiment: labels['sub_experiment'],
    scenario: labels['scenario'],
    seed: labels['seed'],
    run_name: details['run_name'],
    planned_output_rootname: details['planned_output_rootname'],
    working_directory: details['working_directory'],
    mode: details['mode'],
    reused_source: details['reused_source'],
    re_evaluate: details['re_evaluate'],
    overrides: details['overrides'],
    command: runner.kind === 'command' ? runner.argv : null,
    evaluators,
  };
}
