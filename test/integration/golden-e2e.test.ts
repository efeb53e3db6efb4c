import {copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {GoldenCase, type StageResult} from '../support/golden-case.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {recordsOf, killAfterRecorded} from '../support/records.ts';

/** Cases whose every stage we reproduce, field by field. */
const EXACT = [
  'single-agent-anonymous',
  'three-agents-three-rounds',
  'moderator-dependency',
  'one-slot-priority',
  'reverse-completion-order',
  'debug-flag',
  'external-experiment-root',
  'grid-sweep-zip-derive-rep2',
  'retries-failed-partial-then-resume',
  'rep2-failures-resume-repair',
  'vllm-backend',
  'vllm-engine-error-between-tasks',
];

function expectSameRecords(
  result: StageResult,
  stage: number,
  isLeftOut: (path: string) => boolean = () => false,
): void {
  const context = `stage ${stage}: ${result.stderr}\n${result.stdout}`;
  const wanted = Object.entries(result.expected).filter(([path]) => !isLeftOut(path));
  expect(
    Object.keys(result.records)
      .filter(path => !isLeftOut(path))
      .sort(),
    context,
  ).toEqual(wanted.map(([path]) => path).sort());
  for (const [path, texts] of wanted) {
    expect(
      result.records[path]?.map(text => JSON.parse(text)),
      `stage ${stage}: ${path}`,
    ).toEqual(texts.map(text => JSON.parse(text)));
  }
}

if (!HAS_SHARED) console.warn(`SKIPPED: end-to-end cases: no golden vectors at ${SHARED}`);

describe.skipIf(!HAS_SHARED)("the older system's end-to-end cases", () => {
  for (const name of EXACT) {
    test(`${name} gives the same records`, async () => {
      const golden = new GoldenCase(name);
      for (const {stage} of golden.stages) {
        const result = await golden.runStage(stage);
        expectSameRecords(result, stage);
        expect(result.exitCode, result.stderr).toBe(result.expectedExitCode);
      }
    });
  }
});

/**
 * Repair finishes a grid here; the older system forgot to tell the grid manifest, and a later resume ran everything
 * again.
 */
const isGridFile = (path: string): boolean => /grid_manifest|_grid_config_snapshot/.test(path);

describe.skipIf(!HAS_SHARED)('cases that document defects end as they should', () => {
  test('backend-errors: repair completes the grid, and nothing is left to resume', async () => {
    const golden = new GoldenCase('backend-errors');
    for (const stage of [1, 2, 3]) expectSameRecords(await golden.runStage(stage), stage);
    const repaired = await golden.runStage(4);
    expectSameRecords(repaired, 4, isGridFile);
    expect(Object.keys(repaired.records).filter(isGridFile)).toEqual([]);
    expect((await golden.runStage(5)).stdout).toContain('nothing to repair');
    const resumed = await golden.runStage(6);
    expect(resumed.exitCode).toBe(0);
    expect(resumed.seen).toEqual([]);
  });

  test('rep2-failures-repair: repair completes both repetitions', async () => {
    const golden = new GoldenCase('rep2-failures-repair');
    for (const stage of [1, 2]) expectSameRecords(await golden.runStage(stage), stage);
    const repaired = await golden.runStage(3);
    expectSameRecords(repaired, 3, isGridFile);
    expect(repaired.exitCode).toBe(0);
  });

  test('task-config-invalid: invalid tasks are named before anything runs, and never started', async () => {
    const golden = new GoldenCase('task-config-invalid');
    const refused = await golden.runStage(1, {args: ['run', 'config/grid_scratch.yaml']});
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('routing_strategy');
    expect(refused.stderr).toContain('questions_file');
    expect(Object.keys(refused.records)).toEqual([]);
    const {exitCode, records} = await golden.runStage(1);
    expect(exitCode).toBe(0);
    expect(Object.keys(records).filter(path => path.includes('/transcript/')).length).toBe(2);
    // The run is finished without them.
    expect(Object.keys(records).filter(path => path.includes('grid_manifest'))).toEqual([]);
  });

  test('cli-errors: every wrong request exits 2', async () => {
    const golden = new GoldenCase('cli-errors');
    for (const args of [
      ['run'],
      [],
      ['run', 'missing.yaml'],
      ['run', 'config/grid_scratch.yaml', '--rep', '0'],
      ['run', 'config/grid_scratch.yaml', '--rep', 'x'],
      ['resume', 'config/grid_scratch.yaml'],
      ['resume', 'x', '--rep', '2'],
      ['frobnicate'],
    ]) {
      const {exitCode, stderr} = await golden.runStage(1, {args});
      expect(exitCode, args.join(' ')).toBe(2);
      expect(stderr, args.join(' ')).not.toMatch(/\n\s+at /);
    }
  });

  test('not-a-grid-config: a config without axes says so, or runs as one task', async () => {
    const golden = new GoldenCase('not-a-grid-config');
    const {exitCode, stderr, stdout} = await golden.runStage(2);
    if (exitCode === 2) expect(stderr).toContain('_grid');
    else expect(stdout).toContain('1 task');
  });

  test('hang-empty-questions: an empty question file is refused before anything runs', async () => {
    const {exitCode, stderr, records} = await new GoldenCase('hang-empty-questions').runStage(1);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('no questions');
    expect(Object.keys(records).filter(path => path.startsWith('experiment'))).toEqual([]);
  });

  test('unquoted-schema-version: a date where a text belongs is refused with the remedy', async () => {
    const {exitCode, stderr, records} = await new GoldenCase('unquoted-schema-version').runStage(1);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('quote it');
    expect(records).toEqual({});
  });

  test('killed-midway-sigterm: the rest is done on resume, nothing twice', async () => {
    const golden = new GoldenCase('killed-midway-sigterm');
    const killed = await golden.runStage(1, {onStart: killAfterRecorded(golden.workspace, 2, 'SIGTERM')});
    expect(killed.exitCode).toBe(143);
    expect(killed.stdout).toContain('mac resume');
    expect((await golden.runStage(2)).exitCode).toBe(0);
    expect((await golden.runStage(3)).exitCode).toBe(0);
    const {transcripts, indexLines, manifests} = recordsOf(golden.workspace);
    expect(transcripts.every(({conversation_summary: {status}}) => status === 'succeeded')).toBe(true);
    expect(new Set(indexLines.map(({transcript_path: path}) => path)).size).toBe(transcripts.length);
    expect(indexLines.length).toBe(transcripts.length);
    expect(manifests).toEqual([]);
  });

  test('runtime-timestamp-resume-drift: a resumed grid keeps the names it began with', async () => {
    const golden = new GoldenCase('runtime-timestamp-resume-drift');
    await golden.runStage(1, {onStart: killAfterRecorded(golden.workspace, 1, 'SIGKILL')});
    const folder = join(golden.workspace, 'bookkeeping/grid_manifest');
    const name = readdirSync(folder).find(each => each.endsWith('.json'))!;
    const planned = JSON.parse(readFileSync(join(folder, name), 'utf8')).tasks.map((task: any) => task.experiment_name);
    const {exitCode} = await golden.runStage(3);
    expect(exitCode).toBe(0);
    const {transcripts} = recordsOf(golden.workspace);
    expect([...new Set(transcripts.map(each => each.experiment_metadata.experiment_name))].sort()).toEqual(
      [...planned].sort(),
    );
  });

  test('rep-interrupted-loses-later-repetitions: every repetition is run in the end', async () => {
    const golden = new GoldenCase('rep-interrupted-loses-later-repetitions');
    await golden.runStage(1, {onStart: killAfterRecorded(golden.workspace, 1, 'SIGKILL')});
    const {exitCode} = await golden.runStage(2, {args: ['resume', 'latest', '--max-parallel', '1']});
    expect(exitCode).toBe(0);
    const {transcripts, manifests} = recordsOf(golden.workspace);
    const runs = new Map<string, number>();
    for (const {
      experiment_metadata: {question_id: id},
    } of transcripts)
      runs.set(id, (runs.get(id) ?? 0) + 1);
    expect([...runs.values()].every(count => count % 3 === 0)).toBe(true);
    expect(manifests).toEqual([]);
  });

  for (const name of ['shared-name-resume-picks-wrong-task', 'shared-name-resume-loses-a-task']) {
    test(`${name}: tasks of one name resume as themselves`, async () => {
      const golden = new GoldenCase(name);
      await golden.runStage(1);
      const last = golden.stages.length;
      await golden.runStage(last);
      const {exitCode} = await golden.runStage(last, {args: ['resume', 'latest', '--max-parallel', '1']});
      expect(exitCode).toBe(0);
      const {transcripts, archives} = recordsOf(golden.workspace);
      const keys = new Map<string, Set<string>>();
      for (const {
        provenance,
        experiment_metadata: {question_id: id},
      } of transcripts) {
        const asked = keys.get(provenance.task_key) ?? new Set();
        asked.add(id);
        keys.set(provenance.task_key, asked);
      }
      // Each task of the grid asked every question under its own key.
      const tasks = archives.flatMap(({manifest}) => manifest.tasks);
      expect([...keys.keys()].sort()).toEqual(tasks.map((task: any) => task.task_key).sort());
      expect(new Set([...keys.values()].map(ids => [...ids].sort().join())).size).toBe(1);
    });
  }

  test('crash-between-manifest-create-and-delete: no manifest stays behind', async () => {
    const golden = new GoldenCase('crash-between-manifest-create-and-delete');
    await golden.runStage(1);
    const folder = findFolder(golden.workspace, 'task_manifest');
    const name = readdirSync(folder).find(each => /_\d+\.json$/.test(each))!;
    // As a crash leaves it: the next attempt's manifest written, the old one not yet removed.
    copyFileSync(join(folder, name), join(folder, name.replace(/_\d+_/, '_999999_')));
    expect((await golden.runStage(3)).exitCode).toBe(0);
    expect(recordsOf(golden.workspace).manifests).toEqual([]);
  });

  test('persistence-failure-is-silent: a disk that cannot take a record stops the run, loudly', async () => {
    const golden = new GoldenCase('persistence-failure-is-silent');
    const {experiment_name, benchmark_subcategory} = namesOf(golden);
    const transcripts = join(golden.workspace, 'experiment', benchmark_subcategory, experiment_name, 'transcript');
    mkdirSync(dirname(transcripts), {recursive: true});
    writeFileSync(transcripts, '{}');
    const failed = await golden.runStage(1);
    expect(failed.exitCode).toBe(1);
    expect(failed.stderr + failed.stdout).toContain('cannot write');
    rmSync(transcripts);
    expect((await golden.runStage(2)).exitCode).toBe(0);
    expect(recordsOf(golden.workspace).manifests).toEqual([]);
  });
});

function findFolder(workspace: string, name: string): string {
  const found = (readdirSync(join(workspace, 'experiment'), {recursive: true}) as string[]).find(path =>
    path.endsWith(`/${name}`),
  );
  return join(workspace, 'experiment', found ?? name);
}

function namesOf(golden: GoldenCase): {experiment_name: string; benchmark_subcategory: string} {
  const text = readFileSync(join(SHARED, 'golden/e2e/persistence-failure-is-silent/config.yaml'), 'utf8');
  expect(existsSync(golden.workspace)).toBe(true);
  return {
    experiment_name: /experiment_name:\s*\n\s+- (\S+)/.exec(text)![1]!,
    benchmark_subcategory: /benchmark_subcategory: (\S+)/.exec(text)![1]!,
  };
}
