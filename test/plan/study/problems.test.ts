import {describe, expect, test} from 'vitest';

import {compileStudy, findProblems, SMALL} from './a-study.ts';

const replaced = (...pairs: (readonly [string, string])[]): string =>
  pairs.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, SMALL);

describe('what is wrong with a study is told with its place', () => {
  test.each<[title: string, from: string, to: string, message: string]>([
    [
      'another version',
      'schema_version: 1',
      'schema_version: 2',
      'demo/study.yaml:1:1: schema_version: found 2, expected 1',
    ],
    ['no name', '  name: demo\n', '', 'study.name: found nothing, expected a text (it is missing)'],
    [
      'no conditions',
      '    conditions:\n      base: {execution: {command: [echo, "{run_id}"]}}\n      more: {execution: {command: [echo, more]}}\n',
      '    status: testing\n',
      'demo/study.yaml:8:3: hypotheses.h1.conditions: found nothing, expected a mapping (it is missing)',
    ],
    ['no scenario', '  scenarios: [forum, town]\n', '', 'study.scenarios: found nothing'],
    [
      'a misspelt key of a condition',
      'seed: 5',
      'sed: 5',
      'hypotheses.h2.conditions.only.sed: found the unknown key "sed", expected a known one; did you mean "seed"?',
    ],
    [
      'a misspelt key of the defaults',
      'seeds: [11, 12]',
      'sedes: [11, 12]',
      'study.run_defaults.sedes: found the unknown key "sedes", expected a known one; did you mean "seeds"?',
    ],
    ['a misspelt key at the top', 'hypotheses:', 'evaluatons: []\nhypotheses:', 'did you mean "evaluations"'],
    [
      'the old key evaluation',
      'hypotheses:',
      'evaluation: {}\nhypotheses:',
      'evaluation: found the old key "evaluation", expected "evaluations, a list"',
    ],
    [
      'the old key cases',
      '    follows_from: h1\n    conditions:',
      '    follows_from: h1\n    cases:',
      'hypotheses.h2.cases: found the old key "cases", expected "conditions"',
    ],
    ['a seed that is no integer', 'seed: 5', 'seed: x', 'hypotheses.h2.conditions.only.seed: found "x", expected a'],
    ['a status that is none', 'follows_from: h1', 'status: suported', 'did you mean "supported"'],
    [
      'an unknown parent',
      'follows_from: h1',
      'follows_from: [h3]',
      'hypotheses.h2.follows_from: found the unknown hypothesis "h3"',
    ],
    ['a hypothesis that follows from itself', 'follows_from: h1', 'follows_from: h2', 'found a circle: h2 → h2'],
    [
      'nothing to run',
      'execution: {command: echo two}',
      'overrides: {}',
      'hypotheses.h2.conditions.only.execution: found nothing to run',
    ],
    ['a command and a grid', 'command: echo two', 'command: echo two, grid: g.yaml', 'found a grid beside a command'],
    ['a command without an end', 'command: echo two', `command: "echo 'two"`, 'a quote that does not end'],
    [
      'reuse without runs',
      'runs: [{source: runs/a}, {source: runs/b, scenario: town, seed: 3}]',
      'runs: []',
      'at least one run to use again',
    ],
    [
      'reuse without a source',
      '{source: runs/a}',
      '{seed: 2}',
      'hypotheses.h2.conditions.old.reuse.runs.0.source: found nothing',
    ],
    [
      'reuse in a condition that runs',
      'mode: reuse_existing',
      'command: x',
      'execution.mode: reuse_existing beside it',
    ],
    [
      'a lineage without a run',
      '  name: demo\n',
      '  name: demo\n  derived_from_runs: [{source_study_id: a}]\n',
      'study.derived_from_runs.0: found neither run_id nor run_path',
    ],
    [
      'an id that is no folder',
      '  name: demo\n',
      '  name: demo\n  study_id: ../demo\n',
      'study.study_id: found "../demo"',
    ],
    [
      'two conditions that write one place',
      'execution: {command: [echo, more]}',
      'output_root_override: "experiments/studies/demo/runs/h1/base/{scenario}/seed_{seed}/run", execution: {command: [echo, more]}',
      'found the folder experiments/studies/demo/runs/h1/base/forum/seed_11/run twice',
    ],
    [
      'two conditions whose results would share a folder',
      'more: {execution: {command: [echo, more]}}',
      '"ba/se": {output_root_override: "x/{run_id}", execution: {command: x}}\n      ba_se: {output_root_override: "y/{run_id}", execution: {command: x}}',
      'hypotheses.h1.conditions.ba_se: found a row whose results would be in h1/ba_se/forum/seed_11',
    ],
    [
      'a folder of a row inside that of another',
      'execution: {command: [echo, more]}',
      'output_root_override: "./experiments//studies/demo/runs/h1/base/forum/seed_11/run/x/{run_id}", execution: {command: x}',
      'found the folder experiments/studies/demo/runs/h1/base/forum/seed_11/run/x/h1__more__forum__seed11 inside experiments/studies/demo/runs/h1/base/forum/seed_11/run: tasks 0 (h1__base__forum__seed11) and 4 (h1__more__forum__seed11)',
    ],
    [
      'a folder around all others',
      'seed: 5, execution: {command: echo two}',
      'seed: 5, output_root_override: ., execution: {command: echo two}',
      'found the folder experiments/studies/demo/runs/h1/base/forum/seed_11/run inside .: tasks 8',
    ],
    [
      'one folder in two spellings',
      'execution: {command: [echo, more]}',
      'output_root_override: "x/../experiments/studies/demo/runs/h1/base/{scenario}/seed_{seed}/run/", execution: {command: x}',
      'found the folder experiments/studies/demo/runs/h1/base/forum/seed_11/run twice',
    ],
    [
      'one folder, relative and absolute',
      'execution: {command: [echo, more]}',
      'output_root_override: "/home/ada/experiments/studies/demo/runs/h1/base/{scenario}/seed_{seed}/run", execution: {command: x}',
      'found the folder experiments/studies/demo/runs/h1/base/forum/seed_11/run twice',
    ],
    [
      'an absolute folder inside a relative one',
      'execution: {command: [echo, more]}',
      'output_root_override: "/home/ada/experiments/studies/demo/runs/h1/base/forum/seed_11/run/{run_id}", execution: {command: x}',
      'run/h1__more__forum__seed11 inside experiments/studies/demo/runs/h1/base/forum/seed_11/run: tasks 0',
    ],
    [
      'two evaluators of a study with one id',
      'hypotheses:',
      'evaluations: [{id: a, command: x}, {id: a, command: y}]\nhypotheses:',
      'demo/study.yaml:7:36: evaluations.1: found a second evaluator "a" (the first is evaluations.0)',
    ],
    [
      'an evaluator of a condition with the id of one of the study',
      'hypotheses:\n  h1:\n    conditions:\n      base: {',
      'evaluations: [{preset: probe_summary}]\nhypotheses:\n  h1:\n    conditions:\n      base: {evaluations: [{id: probe_summary, command: y}], ',
      'hypotheses.h1.conditions.base.evaluations.0: found a second evaluator "probe_summary"',
    ],
    ...['../x.json', '/tmp/x.json', 'a/../../x.json', '.'].map((file): [string, string, string, string] => [
      `an evaluator that would write ${file}`,
      'hypotheses:',
      `evaluations: [{id: a, command: x, output_subpath: ${file}}]\nhypotheses:`,
      `evaluations.0.output_subpath: found "${file}", expected a file inside the folder of the evaluator`,
    ]),
    ...['a/b', '..', '../x'].map((id): [string, string, string, string] => [
      `an evaluator with the id ${id}`,
      'hypotheses:',
      `evaluations: [{id: ${id}, command: x}]\nhypotheses:`,
      `evaluations.0.id: found "${id}", expected a name that can be a folder`,
    ]),
    [
      'a seed twice',
      'seeds: [11, 12]',
      'seeds: [11, 12, 11]',
      'demo/study.yaml:6:21: study.run_defaults.seeds.2: found the seed 11 twice',
    ],
    [
      'a seed of a condition twice',
      'seed: 5',
      'seeds: [5, 5]',
      'hypotheses.h2.conditions.only.seeds.1: found the seed 5 twice, expected every seed once',
    ],
    ['a study without its version', 'schema_version: 1\n', '', 'schema_version: found nothing, expected 1'],
    [
      'a hypothesis named __proto__',
      '  h2:\n    follows_from: h1\n',
      '  __proto__:\n',
      'hypotheses.__proto__: found the name __proto__',
    ],
    [
      'a condition named __proto__',
      '      more:',
      '      __proto__:',
      'h1.conditions.__proto__: found the name __proto__',
    ],
    [
      'an id that is too long for a folder',
      '  name: demo\n',
      `  name: ${'d'.repeat(201)}\n`,
      'study.name: found a name of 201 letters',
    ],
    [
      'a template that makes too long a name',
      'seed: 5',
      `output_root_override: "x/{seed}${'y'.repeat(200)}", seed: 5`,
      'hypotheses.h2.conditions.only.output_root_override: found a folder with a name of 201 letters',
    ],
    ...(
      [
        ['seed: 5', 'overrides: {llm.api_key: abc}, seed: 5', 'only.overrides.llm.api_key: found the key'],
        ['seed: 5', 'overrides: {llm: {hf_token: abc}}, seed: 5', 'only.overrides.llm.hf_token: found the key'],
        ['follows_from: h1', 'overrides: {password: abc}', 'hypotheses.h2.overrides.password: found the key'],
        ['seeds: [11, 12]', 'llm.api_key: abc', 'study.run_defaults.llm.api_key: found the key "llm.api_key"'],
        ['seed: 5', `overrides: {x: sk-${'a1'.repeat(12)}}, seed: 5`, 'only.overrides.x: found what looks like'],
        ['command: echo two', `command: "echo sk-${'a1'.repeat(12)}"`, 'only.execution.command: found what looks'],
        ['command: echo two', 'command: "run --api-key abcdef"', 'only.execution.command: found what looks'],
        ['command: echo two', 'command: "run --hf_token=abcdef"', 'only.execution.command: found what looks'],
        ['command: echo two', 'command: "env OPENAI_API_KEY=abcdef run"', 'only.execution.command: found what looks'],
        [
          '  scenarios:',
          '  description: "with HF_TOKEN=abcdefgh"\n  scenarios:',
          'study.description: found what looks',
        ],
        [
          '  scenarios:',
          '  notes: {by: [{api_key: abcdefgh}]}\n  scenarios:',
          'study.notes.by.0.api_key: found the key',
        ],
        ['seed: 5', `notes: [at, https://ada:pw@host/x], seed: 5`, 'only.notes.1: found what looks like a secret'],
        [
          '  scenarios:',
          '  services: {server_ready_url: "http://127.0.0.1:1/?token=abcdefgh"}\n  scenarios:',
          'study.services.server_ready_url: found what looks',
        ],
        ['hypotheses:', 'authors: {ada: {password: x}}\nhypotheses:', 'authors.ada.password: found the key'],
        [
          'hypotheses:',
          'evaluations: [{id: a, command: x, static_args: [--token, abc]}]\nhypotheses:',
          'evaluations.0.static_args: found what looks like a secret, expected no secrets in a config; put it into an',
        ],
        [
          '  scenarios:',
          '  services: {setup_command: "export API_KEY=abcdef"}\n  scenarios:',
          'study.services.setup_command: found what looks',
        ],
      ] as const
    ).map(([from, to, message]): [string, string, string, string] => [`a secret: ${to}`, from, to, message]),
    [
      'a row twice',
      'scenarios: [forum, town]',
      'scenarios: [forum, forum]',
      'found the name h1__base__forum__seed11 twice',
    ],
    [
      'a placeholder in a path that is none',
      'seed: 5',
      'seed: 5, run_name_template: "{condition}"',
      'hypotheses.h2.conditions.only.run_name_template: found {condition}, which is no placeholder',
    ],
    [
      'a placeholder of evaluators in a command',
      'command: echo two',
      'command: "echo {run_dir}"',
      'has no value before a run has ended',
    ],
  ])('%s', (_title, from, to, message) => {
    expect(findProblems(replaced([from, to])).join('\n')).toContain(message);
  });

  test('names of variables, tokens of models and numbers of tokens are no secrets', () => {
    const text = replaced(
      [
        'seed: 5',
        'seed: 5, overrides: {api_key_env: MY_KEY, pad_token: "<pad>", max_tokens: 5, api_key: null, persona: "My secret: I know the password=x"}',
      ],
      ['command: echo two', 'command: "run --api-key $KEY --api-key-env KEY --max-tokens 5 --token {seed} --secret"'],
    );
    expect(findProblems(text)).toEqual([]);
  });

  test('names that are too long for folders become shorter ones', () => {
    const {plan, problems} = compileStudy(replaced(['      only:', `      ${'é'.repeat(120)}:`]));
    expect(problems).toEqual([]);
    const parts = plan.trials.flatMap(({trial}) => trial.output_dir.split('/'));
    expect(Math.max(...parts.map(part => Buffer.byteLength(part)))).toBeLessThanOrEqual(200);
  });

  test.each(['study: {name: x}\n', 'hypotheses: {}\n', '{"study": {"name": "x"}}'])(
    'half of a study is told what is missing: %j',
    text => {
      expect(findProblems(text).join('\n')).toContain('schema_version: found nothing, expected 1 (it is missing)');
    },
  );

  test('a circle of several is told once, with its way', () => {
    const text = replaced(['    conditions:\n      base', '    follows_from: h2\n    conditions:\n      base']);
    expect(findProblems(text).filter(problem => problem.includes('circle'))).toEqual([
      expect.stringContaining('a circle: h1 → h2 → h1'),
    ]);
  });

  test('all problems are told at once', () => {
    expect(findProblems(replaced(['seed: 5', 'sed: 5'], ['name: demo', 'nam: demo'])).length).toBeGreaterThan(2);
  });

  test('a leftover placeholder of a command is a warning, with the one that is meant', () => {
    const {problems, warnings} = compileStudy(replaced(['command: echo two', 'command: "echo {secnario} {x}"']));
    expect(problems).toEqual([]);
    expect(warnings.map(warning => warning.replace(/^.*found /, ''))).toEqual([
      '{secnario}, which is no placeholder: it is left as it is, expected a known placeholder; did you mean {scenario}?',
      '{x}, which is no placeholder: it is left as it is, expected a known placeholder',
    ]);
  });

  test('a command beside a preset is a warning: the command runs', () => {
    const {problems, warnings, plan} = compileStudy(
      replaced(['hypotheses:', 'evaluations: [{preset: probe_summary, command: mine}]\nhypotheses:']),
    );
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('evaluations.0.command: found a command beside the preset')]);
    expect(plan.trials[0]?.trial.evaluators[0]?.argv).toEqual(['mine']);
  });

  test('an id that differs from its folder is a warning', () => {
    expect(compileStudy(SMALL).warnings).toEqual([]);
    expect(compileStudy(SMALL, {home: '/home/ada/other'}).warnings.join()).toContain('"demo" in the folder "other"');
  });

  test('free text passes: notes, analysis, question and keys of the author at the top', () => {
    const text = replaced(
      ['  name: demo\n', '  name: demo\n  question: why\n  notes: {a: 1}\n'],
      ['hypotheses:', 'analysis: {x: 1}\nmy_own: [1]\nhypotheses:'],
      ['follows_from: h1', 'follows_from: [h1]\n    statement: so\n    analysis: {b: 2}'],
    );
    const {problems, warnings, plan} = compileStudy(text);
    expect([problems, warnings]).toEqual([[], []]);
    expect(plan.details['document']).toMatchObject({my_own: [1], analysis: {x: 1}});
  });
});
