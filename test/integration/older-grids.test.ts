import {cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {HAS_SHARED, SHARED} from '../support/golden.ts';
import {runMac} from '../support/mac.ts';
import {recordsOf} from '../support/records.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {makeWorkspace} from '../support/workspace.ts';

const GRID = '20260101T000000.000Z_77';
const SNAPSHOT = '$MAC_FAIRNESS_WORKSPACE/bookkeeping/_grid_config_snapshot/c_20260101T000000.000Z.yaml';
const QUESTIONS = ['q0', 'q1', 'q2', 'q3'];
const PERSONAS = ['doctor', 'nurse', 'judge'];

function write(workspace: string, path: string, content: string | object): void {
  mkdirSync(dirname(join(workspace, path)), {recursive: true});
  writeFileSync(join(workspace, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

function configSnapshot(task: number): string {
  return `$MAC_FAIRNESS_WORKSPACE/bookkeeping/config_snapshot/b/e_as-human_20260101T00000${task}.100Z.yaml`;
}

/** A transcript as the older system wrote it: without anything of ours. */
function transcript(task: number, question: string): object {
  const totals = {total: 2, avg: 1, max: 1};
  return {
    transcript_id: `t${task}-${question}`,
    protocol_version: '2025-12-10',
    experiment_metadata: {
      experiment_name: 'e_as-human',
      benchmark_subcategory: 'b',
      config_snapshot_path: configSnapshot(task),
      submission_timestamp: `2026-01-01T00:00:0${task}.100123Z`,
      execution_timestamp: `2026-01-01T00:00:0${task}.200123Z`,
      job_task_id: `77_${task}`,
      question_id: question,
    },
    conversation_rounds: [
      {
        round_id: 0,
        messages: ['a', 'b'].map((agent, seat) => ({
          message_id: `msg_0_00${seat}`,
          agent_id: agent,
          agent_role: 'participant',
          round_id: 0,
          agent_identity_display: null,
          structured_response: {response_type: 'participant', rationale: 'because', opinion: 'A'},
          visible_to: ['a', 'b'],
          message_metadata: {retry_count: 0, prompt_tokens: 1, response_tokens: 1},
        })),
      },
    ],
    conversation_summary: {
      total_rounds: 1,
      total_messages: 2,
      status: 'succeeded',
      final_answers: {a: 'A', b: 'A'},
      consensus_reached: true,
      token_metrics: {total_messages: 2, prompt_tokens: totals, response_tokens: totals, combined_tokens: totals},
      retry_statistics: {total_retry_attempts: 0, messages_requiring_retries: 0, validation_errors_summary: []},
    },
    created_at: '2026-01-01T00:00:09.000123Z',
  };
}

/**
 * A workspace in which the older system was killed in the second of three tasks that share one name. Of the first one
 * question failed, of the second half is done, the third never began.
 */
function killedGrid(extra = ''): string {
  const workspace = makeWorkspace({questions: QUESTIONS.length});
  const text = `${readFileSync(join(workspace, 'config/c.yaml'), 'utf8')}
prompt_template_config: {for_participant: {choice_display_format: bullet, json_field_order: answer_first}}
`;
  write(
    workspace,
    SNAPSHOT.replace('$MAC_FAIRNESS_WORKSPACE/', ''),
    `${extra}_grid: {sweep: {agent_definitions.0.persona: [${PERSONAS.join(', ')}]}}\n${text.replace('persona: doctor', 'persona: _')}`,
  );
  const lines: object[] = [];
  for (const [task, done] of [
    ['q0', 'q1', 'q3'],
    ['q0', 'q2'],
  ].entries()) {
    write(
      workspace,
      configSnapshot(task).replace('$MAC_FAIRNESS_WORKSPACE/', ''),
      text
        .replace('persona: doctor', `persona: ${PERSONAS[task] ?? ''}`)
        .replace('questions_file: q.jsonl}', `questions_file: q.jsonl, _grid_config_snapshot_path: ${SNAPSHOT}}`),
    );
    for (const question of done) {
      const path = `experiment/b/e_as-human/transcript/t${task}-${question}.json`;
      write(workspace, path, transcript(task, question));
      lines.push({
        question_id: question,
        job_task_id: `77_${task}`,
        config_snapshot_path: configSnapshot(task),
        transcript_path: `$MAC_FAIRNESS_WORKSPACE/${path}`,
        status: 'succeeded',
        total_rounds_completed: 1,
        fatal_error: null,
      });
    }
    write(workspace, `experiment/b/e_as-human/task_manifest/20260101T00000${task}.100Z_77_${task}.json`, {
      job_task_id: `77_${task}`,
      config_snapshot_path: configSnapshot(task),
      num_questions_planned: QUESTIONS.length,
      num_questions_processed: done.length,
      questions: Object.fromEntries(
        QUESTIONS.map(id => [id, {status: done.includes(id) ? 'succeeded' : null, transcript_id: `t${task}-${id}`}]),
      ),
      created_at: '2026-01-01T00:00:00.000123Z',
    });
  }
  write(workspace, 'bookkeeping/e_as-human_index.jsonl', lines.map(line => `${JSON.stringify(line)}\n`).join(''));
  write(workspace, `bookkeeping/grid_manifest/${GRID}.json`, {
    grid_config_snapshot_path: SNAPSHOT,
    pid: 77,
    submission_timestamp: '2026-01-01T00:00:00.000123Z',
    num_tasks_planned: PERSONAS.length,
    num_tasks_succeeded: 0,
    tasks: PERSONAS.map((persona, task) => ({
      task_id: task,
      experiment_name: 'e_as-human',
      benchmark_subcategory: 'b',
      grid_sweep_specs: {'agent_definitions.0.persona': persona},
      skip_cleanup: false,
      status: task < 2 ? 'started' : null,
      started_at: null,
      completed_at: null,
    })),
    created_at: '2026-01-01T00:00:00.000123Z',
  });
  return workspace;
}

const NOTICE = 'was begun by the older system and goes on in its way (compatibility: reference)';

describe('a grid that the older system left unfinished', () => {
  test('is resumed with what it recorded: only the rest is asked, and nothing counts twice', async () => {
    const workspace = killedGrid();
    const preview = await runMac(['resume', GRID, '--dry-run', '--json'], {cwd: workspace});
    expect(JSON.parse(preview.stdout).grids[0].unfinished).toMatchObject([
      {task_id: 0, questions: {total: 4, null_questions: ['q2']}},
      {task_id: 1, questions: {total: 4, null_questions: ['q1', 'q3']}},
      {task_id: 2, questions: null},
    ]);
    const resumed = await runMac(['resume', 'latest'], {cwd: workspace});
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain(`${GRID} ${NOTICE}`);
    const {transcripts, indexLines, manifests, archives} = recordsOf(workspace);
    expect(manifests).toEqual([]);
    expect(indexLines.length).toBe(12);
    expect(transcripts.length).toBe(12);
    const kept = transcripts.filter(({provenance}) => provenance === undefined).map(each => each.transcript_id);
    expect(kept.sort()).toEqual(['t0-q0', 't0-q1', 't0-q3', 't1-q0', 't1-q2']);
    const asked = transcripts.filter(({provenance}) => provenance !== undefined).map(each => each.transcript_id);
    expect(asked).toEqual(expect.arrayContaining(['t0-q2', 't1-q1', 't1-q3']));
    expect(archives[0].manifest).toMatchObject({grid_id: GRID, num_tasks_succeeded: 3});
    const listed = await runMac(['ls', '--json'], {cwd: workspace});
    expect(JSON.parse(listed.stdout).grids).toMatchObject([{grid_id: GRID, state: 'done'}]);
    const results = JSON.parse((await runMac(['results', '--json'], {cwd: workspace})).stdout);
    expect(results.cells.map((cell: {conversations: number}) => cell.conversations)).toEqual([4, 4, 4]);
    expect(results.columns).not.toContain('compatibility');
    expect(results.columns).toContain('agent_definitions.0.persona');
  });

  test('goes on otherwise where its snapshots say so', async () => {
    const workspace = killedGrid('compatibility: default\n');
    const resumed = await runMac(['resume', 'latest'], {cwd: workspace});
    expect(resumed.stderr).not.toContain(NOTICE);
    expect(resumed.stderr).toContain('began with a version that it does not name');
    expect(recordsOf(workspace).transcripts.length).toBe(12);
  });

  test('is finished by repair as far as it began, then by resume', async () => {
    const workspace = killedGrid();
    const repaired = await runMac(['repair', SNAPSHOT.replace(/^.*\//, '')], {cwd: workspace});
    expect(repaired.exitCode, repaired.stderr).toBe(0);
    expect(repaired.stderr).toContain(`${GRID} ${NOTICE}`);
    expect(recordsOf(workspace).manifests).toEqual([]);
    expect(recordsOf(workspace).gridManifests[0].tasks.map((task: {status: string}) => task.status)).toEqual([
      'succeeded',
      'succeeded',
      null,
    ]);
    expect((await runMac(['resume', 'latest'], {cwd: workspace})).exitCode).toBe(0);
    expect(recordsOf(workspace).transcripts.length).toBe(12);
    expect(recordsOf(workspace).archives.length).toBe(1);
  });
});

/** Cases of the older system with the stage to go on from, and how many conversations there are in the end. */
const CASES = [
  ['killed-midway-sigterm', 1, 10],
  ['retries-failed-partial-then-resume', 1, 6],
  ['shared-name-resume-picks-wrong-task', 1, 6],
  ['rep2-failures-resume-repair', 1, 12],
  // Its own repair forgot to tell the grid: only the index knows that all is done.
  ['backend-errors', 4, 5],
] as const;

if (!HAS_SHARED) console.warn(`SKIPPED: grids of the older system: no golden vectors at ${SHARED}`);

describe.skipIf(!HAS_SHARED)('real grids of the older system are resumed', () => {
  test.each(CASES)('%s after stage %i has %i conversations in the end', async (name, stage, count) => {
    const golden = join(SHARED, 'golden/e2e', name);
    const workspace = temporaryFolder('mac-older-');
    cpSync(join(golden, 'workspace'), workspace, {recursive: true});
    cpSync(join(golden, `stage${stage}/raw`), workspace, {recursive: true});
    mkdirSync(join(workspace, 'config'), {recursive: true});
    const books = join(workspace, 'bookkeeping');
    for (const path of readdirSync(books, {recursive: true}) as string[]) {
      if (!path.endsWith('.yaml')) continue;
      const text = readFileSync(join(books, path), 'utf8');
      writeFileSync(join(books, path), text.replaceAll(/backend: (?:openai|vllm)$/gm, 'backend: simulated'));
    }
    const resumed = await runMac(['resume', 'latest'], {cwd: workspace});
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    const {transcripts, manifests, gridManifests} = recordsOf(workspace);
    expect(transcripts.length).toBe(count);
    expect(manifests).toEqual([]);
    expect(gridManifests).toEqual([]);
  });
});
