import type {Trial} from '../../core/trial.ts';
import {normalisePlace} from './places.ts';
import {beginRow, describeRow, type Arm} from './row.ts';

/** Returns the rows of a condition that uses earlier runs again. */
export function listReusedRows(arm: Arm): Trial[] {
  const {study, condition, path} = arm;
  const {report, defaults, scenarios} = study;
  if (condition.execution?.command || condition.execution?.grid) {
    report.problem([...path, 'execution'], {
      found: 'something to run in a condition that uses earlier runs',
      expected: 'mode: run, or no command and no grid',
    });
  }
  const runs = condition.reuse?.runs ?? [];
  if (runs.length === 0) {
    report.problem([...path, 'reuse', 'runs'], {found: 'nothing', expected: 'at least one run to use again'});
  }
  const reEvaluate = condition.execution?.re_evaluate ?? false;
  return runs.map(({source, scenario: ownScenario, seed: ownSeed, eval: evaluation}, i) => {
    const scenario = ownScenario ?? (condition.scenarios ?? scenarios)[0] ?? '';
    const seed = ownSeed ?? defaults.seed ?? 1;
    const place = normalisePlace(source);
    const row = describeRow(arm, beginRow(arm, {scenario, seed, reuse: i}));
    return {
      ...row,
      evaluators: reEvaluate ? row.evaluators : [],
      config: {source: place},
      runner: {kind: 'reuse', source: place, evaluation: evaluation ?? null, re_evaluate: reEvaluate},
      output_dir: place,
      cwd: '.',
      code: null,
      details: {
        ...row.details,
        overrides: {},
        mode: 'reuse_existing',
        run_name: null,
        planned_output_rootname: place,
        working_directory: '.',
        reused_source: place,
        re_evaluate: reEvaluate,
        grid: null,
      },
    };
  });
}
