import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

import {execa} from 'execa';
import {describe, expect, it} from 'vitest';
import {parse} from 'yaml';

import {temporaryFolder} from '../support/temporary-folder.ts';
import {runOne} from './run-one.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLUS_ONE = join(ROOT, 'test/fixtures/optimize/plus-one-trainer.ts');
const PLUS_ONE_PROGRAM = [process.execPath, '--import', 'tsx', PLUS_ONE];
const CLIMB = {
  task: 'internal:numeric_param',
  trainer: 'PrioritySearch',
  trainer_kwargs: {num_steps: 30},
  optimizer: 'heuristic',
  seed: 4,
};

describe('the files of a job', () => {
  it('tell its progress in order, in at least five kinds of events', async () => {
    const {events} = await runOne(CLIMB);
    const kinds = new Set(events.map(({event}) => event));
    for (const kind of ['job_started', 'initial_score', 'step', 'proposal', 'candidate_scored', 'best_updated']) {
      expect(kinds).toContain(kind);
    }
    expect(events.at(-1).event).toBe('job_finished');
    const times = events.map(({ts}) => ts);
    expect(times).toEqual([...times].sort());
  });

  it('hold its three states, and a line for every accepted change', async () => {
    const {folder, events, history, result} = await runOne(CLIMB);
    const read = (kind: string) => JSON.parse(readFileSync(join(folder, `artifacts/${kind}_state.json`), 'utf8'));
    expect(read('initial').parameters).toEqual([{index: 0, name: 'x', trainable: true, value: 0}]);
    expect(Math.abs(read('best').parameters[0].value - 3)).toBeLessThanOrEqual(0.01);
    for (const path of [result.initial_state_path, result.best_state_path, result.final_state_path]) {
      const yaml = parse(readFileSync(join(folder, path!), 'utf8'));
      expect(yaml).toEqual(JSON.parse(readFileSync(join(folder, path!.replace('.yaml', '.json')), 'utf8')));
    }
    const accepted = history.filter(({kind}) => kind === 'accepted');
    expect(accepted.length).toBe(events.filter(({event}) => event === 'best_updated').length);
    expect(accepted.length).toBeGreaterThan(2);
    const scores = accepted.map(({score}) => score);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(history.map(({kind}) => kind).filter(kind => kind !== 'accepted')).toEqual(['initial', 'final', 'best']);
  });

  it('hold numbers as its logger says', async () => {
    const scalars = ({folder}: {folder: string}) => readFileSync(join(folder, 'scalars.jsonl'), 'utf8');
    const silent = await runOne({...CLIMB, logger: 'none'});
    expect(silent.result).toMatchObject({resolved_logger: 'NullLogger', tb_logdir: null});
    expect(scalars(silent)).toBe('');
    expect(silent.printed).toEqual([]);
    const console = await runOne(CLIMB);
    expect(console.printed[0]).toBe('step 0: score/initial -3');
    expect(scalars(console).split('\n').length).toBeGreaterThan(30);
    const board = await runOne({...CLIMB, logger: 'TensorboardLogger'});
    expect(board.result.tb_logdir).toBe('tb');
    expect(readdirSync(join(board.folder, 'tb'))).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d+/)]);
  });

  it('hold event files that TensorBoard’s reader accepts: every frame with its checksums', async () => {
    const {folder} = await runOne({...CLIMB, logger: 'TensorboardLogger'});
    const [name = ''] = readdirSync(join(folder, 'tb'));
    const script = `
import struct, sys
def crc(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF
data, at, frames = open(sys.argv[1], 'rb').read(), 0, []
while at < len(data):
    head = data[at:at + 8]
    size, = struct.unpack('<Q', head)
    assert struct.unpack('<I', data[at + 8:at + 12])[0] == crc(head)
    body = data[at + 12:at + 12 + size]
    assert struct.unpack('<I', data[at + 12 + size:at + 16 + size])[0] == crc(body)
    frames.append(body)
    at += 16 + size
print(len(frames), b'brain.Event:2' in frames[0], b'score/initial' in frames[1], struct.unpack('<f', frames[1][-4:])[0])
`;
    const {stdout} = await execa('python3', ['-c', script, join(folder, 'tb', name)]);
    expect(stdout).toMatch(/^\d\d True True -3\.0$/);
  });
});

describe('jobs', () => {
  it('begin with fresh values, each: a trainer that adds 1 finds −3 three times', async () => {
    const scores: unknown[] = [];
    for (const seed of [1, 2, 3]) {
      const {result, history} = await runOne({
        task: 'internal:numeric_param',
        trainer: 'plus_one',
        commands: {trainer: [process.execPath, '--import', 'tsx', PLUS_ONE]},
        seed,
      });
      scores.push([result.metrics.score_val_initial, result.metrics.score_val_final]);
      expect(history[1]).toMatchObject({kind: 'accepted', state: {x: 1}});
    }
    expect(scores).toEqual([
      [-3, -2],
      [-3, -2],
      [-3, -2],
    ]);
  });

  it('whose trainer crashes are failed, with the best that is known', async () => {
    const {result, events, history} = await runOne({
      task: 'internal:numeric_param',
      trainer: 'plus_one',
      trainer_kwargs: {crash: true},
      commands: {trainer: [process.execPath, '--import', 'tsx', PLUS_ONE]},
    });
    expect(result).toMatchObject({status: 'failed', metrics: {score_val_initial: -3}, final_state_path: null});
    expect(result.reason).toContain('a trainer that crashes');
    expect(result.traceback).toContain('ProgramError');
    expect(history.map(({kind}) => kind)).toEqual(['initial', 'best']);
    expect(events.at(-1)).toMatchObject({event: 'job_finished', status: 'failed'});
  });

  it.each([
    [{optimizer: 'Zzz'}, 'optimizer not found: Zzz'],
    [{trainer_kwargs: {num_steps: 0}}, 'expected a whole number from 1'],
    [{mode: 'real' as const, llm: {provider: 'openai', model: 'm', api_key_env: 'NO_SUCH_KEY'}}, 'NO_SUCH_KEY'],
    [{trainer: 'x', commands: {trainer: ['/nowhere/program']}}, 'cannot be started'],
    [{trainer: 'x', trainer_kwargs: {wrong: {y: 1}}, commands: {trainer: PLUS_ONE_PROGRAM}}, 'there is no parameter y'],
    [
      {trainer: 'x', trainer_kwargs: {wrong: 3}, commands: {trainer: PLUS_ONE_PROGRAM}},
      'values: expected a mapping, got 3',
    ],
  ])('with a fault that is foreseen, as %j, have its message and no stack', async (change, reason) => {
    const {result} = await runOne({task: 'internal:numeric_param', trainer: 'PrioritySearch', ...change});
    expect(result).toMatchObject({status: 'failed', traceback: null, reason: expect.stringContaining(reason)});
    expect(result.feedback).toContain(reason);
    expect(result.feedback).not.toMatch(/^\s+at /m);
  });

  it.each([
    [{trainer: 'Nope'}, 'failed', 'there is no trainer Nope'],
    [{task: 'internal:nope'}, 'failed', 'there is no task internal:nope'],
    [{trainer_kwargs: {ps_stepz: 1}}, 'failed', 'unknown trainer kwarg ps_stepz'],
    [{trainer_kwargs: {num_steps: 0}}, 'failed', 'expected a whole number from 1'],
    [{optimizer: 'Zzz'}, 'failed', 'optimizer not found: Zzz'],
    [{guide: 'Zzz'}, 'failed', 'guide not found: Zzz'],
    [{eval_kwargs: {objective_config: {mode: 'best'}}}, 'failed', 'objective_config.mode'],
    [{trainer: 'DSPyTrainer', trainer_kwargs: {}}, 'skipped', 'dspy'],
    [{task: 'veribench:smoke_placeholder'}, 'skipped', 'veribench'],
    [{task: 'hf:hotpot_qa'}, 'skipped', 'datasets'],
    [{mode: 'real' as const, optimizer: null}, 'failed', 'llm names no model'],
  ])('with %j are %s', async (change, status, reason) => {
    const {result} = await runOne({...CLIMB, ...change});
    expect(result).toMatchObject({status, reason: expect.stringContaining(reason)});
  });

  it('can have another guide', async () => {
    const {result} = await runOne({
      task: 'trace_examples:greeting_stub',
      trainer: 'NoOpTrainer',
      guide: 'exact_match',
    });
    expect(result).toMatchObject({resolved_guide: 'mac.ExactMatchGuide', metrics: {score_val: 1}});
    const numeric = await runOne({...CLIMB, guide: 'exact_match', optimizer: null});
    expect(numeric.result.metrics.score_val).toBe(0);
  });

  it('keep the feedback of three examples, and no more', async () => {
    const {result} = await runOne({task: 'internal:multiobjective_gsm8k', trainer: 'NoOpTrainer'});
    expect(result.feedback.split(' | ')).toHaveLength(3);
  });

  it('count no more examples than the limit', async () => {
    const limited = await runOne({task: 'internal:multiobjective_gsm8k', trainer: 'NoOpTrainer', limit: 1});
    expect(limited.result.counts['evaluations']).toBe(4);
    const byVariable = await runOne(
      {task: 'internal:multiobjective_gsm8k', trainer: 'NoOpTrainer'},
      {...process.env, MAC_LIMIT: '2'},
    );
    expect(byVariable.result.counts['evaluations']).toBe(8);
  });
});

describe('the program of a job', () => {
  it('writes its result where the environment says, and exits with 0 whatever it is', async () => {
    const folder = temporaryFolder();
    const {writeFileSync} = await import('node:fs');
    writeFileSync(join(folder, 'job.json'), JSON.stringify({task: 'internal:non_trainable', trainer: 'NoOpTrainer'}));
    const env = {MAC_OUTPUT_DIR: join(folder, 'out'), MAC_RESULT_FILE: join(folder, 'result.json'), MAC_ATTEMPT: '2'};
    const main = join(ROOT, 'src/optimize/main.ts');
    const {stdout} = await execa('node', ['--import', 'tsx', main, '--job', join(folder, 'job.json')], {
      cwd: ROOT,
      env,
    });
    expect(stdout).toBe('failed: no_trainable_parameters');
    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    expect(result).toMatchObject({status: 'failed', reason: 'no_trainable_parameters', metrics: {}});
    expect(readFileSync(join(folder, 'out/events.jsonl'), 'utf8')).toContain('"attempt": 2');
  });
});
