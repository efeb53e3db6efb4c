import {describe, expect, test} from 'vitest';

import type {Evaluator} from '../../../src/core/trial.ts';
import {compileStudy, findProblems} from './a-study.ts';

const withEvaluations = (ofStudy: string, ofCondition = '[]', mode = 'append'): string => `schema_version: 1
study: {name: demo, scenarios: [s]}
evaluations: ${ofStudy}
hypotheses:
  h:
    conditions:
      c: {execution: {command: x}, evaluations: ${ofCondition}, evaluation_mode: ${mode}}
`;
const evaluatorsOf = (...texts: [string, string?, string?]): readonly Evaluator[] =>
  compileStudy(withEvaluations(...texts)).plan.trials[0]!.trial.evaluators;

describe('evaluators of a study', () => {
  test('defaults are those of the format', () => {
    expect(evaluatorsOf('[{command: [score, "{run_dir}"]}]')).toEqual([
      {
        id: 'eval_1',
        enabled: true,
        argv: ['score', '{run_dir}'],
        output: 'experiments/studies/demo/generated/eval/h/c/s/seed_1/eval_1/eval.json',
        input_mode: 'run_dir',
        run_dir_arg: '--run-dir',
        output_arg: '--output',
        explicit_args: {
          checkpoint: '--checkpoint-path',
          effective_config: '--effective-config-path',
          metrics: '--metrics-path',
          prompts: '--prompts-path',
          run_stats: '--run-stats-path',
        },
        include_run_dir_in_explicit: true,
        manage_io_args: true,
      },
    ]);
  });

  test('a condition adds its own, or has only its own', () => {
    const ids = (mode: string): string[] =>
      evaluatorsOf('[{id: a, command: x}]', '[{command: y}]', mode).map(({id}) => id);
    expect(ids('append')).toEqual(['a', 'condition_eval_1']);
    expect(ids('replace')).toEqual(['condition_eval_1']);
  });

  test('a condition that has only its own may use an id of the study again', () => {
    const own = evaluatorsOf('[{id: a, command: x}]', '[{id: a, command: y}]', 'replace');
    expect(own.map(({argv}) => argv)).toEqual([['y']]);
  });

  test('a preset is a command of mac, and the entry overrides it', () => {
    const [plain, own] = evaluatorsOf(
      '[{preset: builtin.action_metrics_detailed, static_args: [--top, 3]}, {id: mine, preset: probe_summary, output_subpath: p.json}]',
    );
    expect(plain).toMatchObject({
      id: 'action_metrics_detailed',
      argv: ['{mac}', 'eval', 'action_metrics_detailed', '--top', '3'],
    });
    expect(own).toMatchObject({id: 'mine', argv: ['{mac}', 'eval', 'probe_summary']});
    expect(own?.output).toMatch(/mine\/p\.json$/);
  });

  test('a token that begins with ./ is beside the study; static arguments stay', () => {
    const [evaluator] = evaluatorsOf('[{command: [./eval, ./more.py], static_args: [./stays]}]');
    expect(evaluator?.argv).toEqual(['/home/ada/demo/eval', '/home/ada/demo/more.py', './stays']);
    expect(evaluatorsOf('[{preset: builtin.study_eval}]')[0]).toMatchObject({
      id: 'study_eval',
      argv: ['/home/ada/demo/eval'],
    });
  });

  test('placeholders are filled in commands and static arguments', () => {
    const [evaluator] = evaluatorsOf(
      '[{command: ["{python}", "{scenario}"], static_args: ["--x={sub_experiment}", "{output_path}"], manage_io_args: false}]',
    );
    expect(evaluator?.argv).toEqual(['{python}', 's', '--x=c', '{output_path}']);
    expect(evaluator?.manage_io_args).toBe(false);
  });

  test('explicit paths: flags are laid over the usual ones, null takes one out', () => {
    const [evaluator] = evaluatorsOf(
      '[{command: x, input_mode: explicit_paths, explicit_args: {metrics: --m, prompts: null}, include_run_dir_in_explicit: false}]',
    );
    expect(evaluator).toMatchObject({input_mode: 'explicit_paths', include_run_dir_in_explicit: false});
    expect(evaluator?.explicit_args).toMatchObject({metrics: '--m', checkpoint: '--checkpoint-path'});
    expect(evaluator?.explicit_args).not.toHaveProperty('prompts');
  });

  test('a switched off evaluator stays in the plan as such', () => {
    expect(evaluatorsOf('[{command: x, enabled: false}]')[0]?.enabled).toBe(false);
  });

  test.each([
    ['[{id: a}]', 'evaluations.0: found neither command nor preset'],
    ['[{preset: builtin.activity_sumary}]', 'did you mean "builtin.activity_summary"'],
    ['[{command: "a \'b"}]', 'a quote that does not end'],
    [
      '[{comand: x}]',
      'evaluations.0.comand: found the unknown key "comand", expected a known one; did you mean "command"',
    ],
    ['[{command: x, explicit_args: {metric: --m}}]', 'evaluations.0.explicit_args'],
    ['[{command: x, input_mode: run_dirs}]', 'did you mean "run_dir"'],
  ])('%s is refused', (evaluations, message) => {
    expect(findProblems(withEvaluations(evaluations)).join('\n')).toContain(message);
  });
});
