import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

import {startGatedServer} from '../support/gated-server.ts';
import {runMac} from '../support/mac.ts';
import {config, makeWorkspace} from '../support/workspace.ts';

/** Two agents answer four questions once in every task. */
const REQUESTS_OF_A_TASK = 8;

const sweep = (personas: readonly string[]): string =>
  `_grid: {sweep: {agent_definitions.0.persona: [${personas.join(', ')}]}}`;

async function results(cwd: string, ...args: readonly string[]): Promise<any> {
  const {stdout, stderr} = await runMac(['results', ...args, '--draws', '99', '--json'], {cwd});
  expect(stdout, stderr).toMatch(/^\{/);
  return JSON.parse(stdout);
}

/** By the first agent's persona: how many conversations were scored, and how many questions have none. */
function conversationsOf({cells}: any): Record<string, readonly [number, number]> {
  return Object.fromEntries(
    cells.map((each: any) => [
      each.cell['agent_definitions.0.persona'],
      [each.conversations, each.missing_questions] as const,
    ]),
  );
}

test('a grid that is running: what is done is scored, what is begun or not begun is named', async () => {
  // One task whole, of the next one question, the last one never begun.
  const server = await startGatedServer({free: REQUESTS_OF_A_TASK + 2});
  const model = `{backend: vllm, model_path: gated, max_num_seqs: 2, api_config: {base_url: "${server.url}"}}`;
  const cwd = makeWorkspace({model, extra: sweep(['judge', 'nurse', 'teacher'])});
  const run = runMac(['run', 'config/c.yaml', '--max-parallel', '1'], {cwd});
  try {
    await expect.poll(() => server.waiting(), {timeout: 60_000}).toBeGreaterThan(0);
    const running = async (): Promise<unknown> => {
      const {exitCode, stdout} = await runMac(['results', '--json', '--draws', '99'], {cwd});
      return exitCode === 0 ? conversationsOf(JSON.parse(stdout)) : exitCode;
    };
    await expect.poll(running, {timeout: 60_000, interval: 500}).toEqual({judge: [4, 0], nurse: [1, 3]});
    const {exitCode, stdout, stderr} = await runMac(['results', '--draws', '99'], {cwd});
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/: 2 tasks with results, 1 without any\n {2}nothing yet: task 2: b\//);
    expect(stdout).toMatch(/^nurse +T +1 \(3 missing\) /m);
    const report = await runMac(['report', '-o', 'page.html', '--draws', '99'], {cwd});
    expect(report.exitCode, report.stderr).toBe(0);
    expect(report.stdout).toMatch(/Not complete: 1 of 3 tasks done/);
  } finally {
    server.open();
    expect((await run).exitCode).toBe(0);
    await server.close();
  }
  const done = await results(cwd);
  expect(conversationsOf(done)).toEqual({judge: [4, 0], nurse: [4, 0], teacher: [4, 0]});
  expect(done.missing_tasks).toEqual([]);
});

test('repetitions are rows of their own or one row together; grids are put together or told apart', async () => {
  const cwd = makeWorkspace({extra: sweep(['judge', 'nurse'])});
  const twice = await runMac(['run', 'config/c.yaml', '--rep', '2'], {cwd});
  expect(twice.exitCode, twice.stderr).toBe(0);
  expect((await results(cwd)).cells.map(({conversations}: any) => conversations)).toEqual([4, 4, 4, 4]);
  expect(conversationsOf(await results(cwd, '--by', 'persona'))).toEqual({judge: [8, 0], nurse: [8, 0]});

  writeFileSync(join(cwd, 'config/other.yaml'), config({extra: sweep(['judge', 'teacher'])}));
  const other = await runMac(['run', 'config/other.yaml'], {cwd});
  expect(other.exitCode, other.stderr).toBe(0);
  expect(conversationsOf(await results(cwd, '--by', 'persona'))).toEqual({judge: [4, 0], teacher: [4, 0]});
  const all = await results(cwd, 'all', '--by', 'persona');
  expect(conversationsOf(all)).toEqual({judge: [12, 0], nurse: [8, 0], teacher: [4, 0]});
  const byGrid = await results(cwd, 'all', '--by', 'grid');
  expect(byGrid.cells.map(({conversations, tasks}: any) => [tasks, conversations])).toEqual([
    [4, 16],
    [2, 8],
  ]);

  // Each repetition is a grid run with an id of its own.
  const {stdout} = await runMac(['ls', '--json'], {cwd});
  const ids: string[] = JSON.parse(stdout).grids.map(({grid_id: id}: any) => id);
  expect(ids).toHaveLength(3);
  const [first, second] = [await results(cwd, ids[0]!), await results(cwd, ids[1]!)];
  for (const one of [first, second]) expect(conversationsOf(one)).toEqual({judge: [4, 0], nurse: [4, 0]});
  const tasksOf = ({cells}: any): string[] => cells.map(({cell}: any) => cell.task);
  expect(new Set([...tasksOf(first), ...tasksOf(second)]).size).toBe(4);
  const compared = await runMac(['compare', ids[0]!, ids[1]!, '--metric', 'accuracy', '--json'], {cwd});
  expect(compared.exitCode, compared.stderr).toBe(0);
  expect(JSON.parse(compared.stdout).comparisons[0]).toMatchObject({complete_blocks: 2, unscored: []});
});
