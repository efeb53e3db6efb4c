import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';

import {PRESETS} from '../../src/plan/study/presets.ts';
import {ACTIONS, eventLines, PROBES} from '../analyze/presets/a-run.ts';
import {runMac} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

type Json = Record<string, any>;

/** A "simulation" that leaves the event files of a run: with seed 2 an action more. */
const SIMULATION = `
import {mkdirSync, writeFileSync} from 'node:fs';
const folder = process.env.MAC_OUTPUT_DIR;
mkdirSync(folder, {recursive: true});
const more = process.env.MAC_SEED === '2' ? ${JSON.stringify(eventLines('action', [['post', 'cid', 5]]))} : '';
writeFileSync(folder + '/action_events.jsonl', ${JSON.stringify(eventLines('action', ACTIONS))} + more);
writeFileSync(folder + '/probe_events.jsonl', ${JSON.stringify(eventLines('probe', PROBES))});
writeFileSync(folder + '/effective_config.yaml', 'probes: {vote: {type: choice, choices: [Bill, Bradley, Nobody]}}\\n');
`;

const STUDY = `
schema_version: 1
study:
  name: demo
  scenarios: [town]
  run_defaults: {seeds: [1, 2]}
evaluations:
${PRESETS.map(preset => `  - preset: builtin.${preset}`).join('\n')}
  - id: extended
    preset: builtin.probe_metrics_detailed
    output_subpath: answers.json
    static_args: [--postprocessor, tools/volume.mjs:volume, --postprocessor, tools/volume.mjs:broken]
  - id: unused
    preset: builtin.activity_summary
    enabled: false
  - id: own
    preset: builtin.study_eval
  - id: custom
    command: [node, tools/custom.mjs]
    static_args: ['{hypothesis_id}/{seed}', '{run_dir}']
    input_mode: explicit_paths
hypotheses:
  h1:
    conditions:
      c1: {execution: {command: node tools/simulation.mjs}}
`;

const FILES: Readonly<Record<string, string>> = {
  'demo/study.yaml': STUDY,
  'demo/eval': `#!/usr/bin/env node
const output = process.argv[process.argv.indexOf('--output') + 1];
require('node:fs').writeFileSync(output, JSON.stringify({aggregated: {own_metric: 5}}));
`,
  'tools/simulation.mjs': SIMULATION,
  'tools/volume.mjs': `
import {writeFileSync} from 'node:fs';
export function volume(records, outDir) {
  writeFileSync(outDir + '/volume.txt', String(records.choice.length));
  return {generated_files: ['volume.txt']};
}
export function broken() { throw new Error('no volume'); }
`,
  'tools/custom.mjs': `
import {writeFileSync} from 'node:fs';
const argv = process.argv.slice(2);
writeFileSync(argv[argv.indexOf('--output') + 1], JSON.stringify({argv, aggregated: {}}));
`,
};

describe('a study whose evaluators are presets', () => {
  let workspace: string;
  let generated: string;
  const readJson = (path: string): Json => JSON.parse(readFileSync(join(generated, path), 'utf8')) as Json;
  const EVAL = 'eval/h1/c1/town/seed_1';

  beforeAll(async () => {
    workspace = temporaryFolder('mac-study-', undefined, afterAll);
    mkdirSync(join(workspace, 'config'));
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(join(workspace, path, '..'), {recursive: true});
      writeFileSync(join(workspace, path), text, {mode: 0o755});
    }
    const {exitCode, stderr} = await runMac(['run', 'demo/study.yaml'], {cwd: workspace});
    expect(exitCode, stderr).toBe(0);
    generated = join(workspace, 'experiments/studies/demo/generated');
  });

  test('every preset has a folder with its JSON and its log', () => {
    for (const preset of PRESETS) {
      expect(readJson(`${EVAL}/${preset}/eval.json`)['preset']).toBe(`builtin.${preset}`);
      expect(existsSync(join(generated, EVAL, preset, 'eval.json.log'))).toBe(true);
    }
    expect(readdirSync(join(generated, EVAL)).sort()).toEqual([...PRESETS, 'custom', 'extended', 'own'].sort());
  });

  test('numbers of presets reach the summary of the study, with their spread over seeds', () => {
    const {h1} = readJson('organized/summary.json')['metrics_stats_by_condition'] as Json;
    const entries = Object.entries(h1.c1 as Record<string, {n: number; mean: number; stdev: number}>);
    const find = (name: string): Json | undefined => entries.find(([key]) => key.endsWith(name))?.[1];
    // Six actions with seed 1, seven with seed 2; both of two agents, then of three.
    expect(find('actions_per_agent')).toMatchObject({n: 2, mean: (3 + 7 / 3) / 2});
    expect(find('vote.share.Nobody')).toMatchObject({n: 2, mean: 0, stdev: 0});
    expect(find('own_metric')).toMatchObject({n: 2, mean: 5});
  });

  test('postprocessors are recorded, the broken one too, and their files are beside the evaluation', () => {
    expect(readJson(`${EVAL}/extended/answers.json`)['plots']['extensions']).toEqual([
      {
        postprocessor: 'tools/volume.mjs:volume',
        status: 'success',
        generated_files: ['answers_plots/volume.txt'],
        result: {generated_files: ['volume.txt']},
      },
      {postprocessor: 'tools/volume.mjs:broken', status: 'failed', generated_files: [], error: 'no volume'},
    ]);
    expect(readFileSync(join(generated, EVAL, 'extended/answers_plots/volume.txt'), 'utf8')).toBe('6');
  });

  test('an evaluator that is switched off is recorded as disabled, and the study still succeeds', () => {
    const [row] = readJson('repro_lock.json')['records'] as Json[];
    expect(row!['status']).toBe('success');
    const unused = (row!['evaluations'] as Json[]).find(({id}) => id === 'unused');
    expect(unused).toMatchObject({id: 'unused', status: 'disabled'});
  });

  test('a custom evaluator gets its placeholders and, of the files of a run, those that are there', () => {
    const run = join(workspace, 'experiments/studies/demo/runs/h1/c1/town/seed_1/run');
    expect(readJson(`${EVAL}/custom/eval.json`)['argv']).toEqual([
      'h1/1',
      run,
      '--effective-config-path',
      join(run, 'effective_config.yaml'),
      '--run-dir',
      run,
      '--output',
      join(generated, EVAL, 'custom/eval.json'),
    ]);
  });
});
