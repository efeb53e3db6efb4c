import {afterEach, describe, expect, test} from 'vitest';

import {main} from '../../src/cli/main.ts';
import {systemClock} from '../../src/core/clock.ts';
import {fastClock} from '../support/fast-clock.ts';
import {recordsOf} from '../support/records.ts';
import {answer, GOOD, startTalkingServer, type Talk, type TalkingServer} from '../support/talking-server.ts';
import {makeWorkspace} from '../support/workspace.ts';

let server: TalkingServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Try {
  readonly questions?: number;
  readonly tasks?: number;
  readonly model?: string;
  readonly args?: readonly string[];
  readonly speed?: number;
  readonly extra?: string;
  readonly get?: NonNullable<Parameters<typeof startTalkingServer>[1]>['get'];
}

const PERSONAS = ['null', 'nurse', 'lawyer', 'farmer'];

/** Runs a grid against a server that answers as the test says. */
async function run(talk: Talk, options: Try = {}) {
  const {questions = 4, tasks = 1, model = 'backend: openai', args = [], speed = 1, extra = '', get} = options;
  server = await startTalkingServer(talk, get ? {get} : {});
  const cwd = makeWorkspace({
    questions,
    model: `{${model}, model_name: m, ${model.includes('vllm') ? 'model_path: m, ' : ''}api_config: {base_url: "${server.url}", max_retries: 2}}`,
    extra: `${extra}\n_grid: {sweep: {agent_definitions.0.persona: [${PERSONAS.slice(0, tasks).join(', ')}]}}`,
  });
  return {...(await command(['run', 'config/c.yaml', ...args], cwd, speed)), cwd, calls: server.calls()};
}

async function command(args: readonly string[], cwd: string, speed = 1) {
  let text = '';
  const output = {write: (more: string) => void (text += more), isTerminal: false, columns: 80};
  const exitCode = await main([...args], {
    stdout: output,
    stderr: output,
    env: {OPENAI_API_KEY: 'sk-test'},
    cwd,
    clock: fastClock(speed),
  });
  return {exitCode, text, records: recordsOf(cwd)};
}

const statuses = (records: ReturnType<typeof recordsOf>): string[] => records.indexLines.map(({status}) => status);

describe('one request’s trouble', () => {
  test('a prompt that a router flagged is filtered, and nineteen other questions are answered', async () => {
    const {records, text} = await run(
      ({prompt}, response) => {
        if (prompt.includes('Which one, q7?')) {
          answer(response, 403, {
            error: {
              code: 403,
              message: 'Your input was flagged',
              metadata: {reasons: ['violence'], flagged_input: 'q7'},
            },
          });
        } else answer(response, 200, GOOD);
      },
      {questions: 20},
    );
    expect(records.transcripts).toHaveLength(20);
    expect(statuses(records).filter(status => status === 'succeeded')).toHaveLength(19);
    expect(text).not.toContain('OPENAI_API_KEY');
  });

  test('a key that may not do one thing for one prompt does not end a model that answers others', async () => {
    const {records} = await run(
      ({prompt}, response) => {
        if (prompt.includes('Which one, q19?'))
          answer(response, 403, {error: {message: 'The key has no access to this tool'}});
        else answer(response, 200, GOOD);
      },
      {questions: 20},
    );
    expect(statuses(records).filter(status => status === 'succeeded')).toHaveLength(19);
  });

  test('a 429 of Google that speaks of a quota and names a delay is waited for, in an object and in a list', async () => {
    const body = {
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message: 'You exceeded your current quota, please check your plan and billing details. Please retry in 2.4s.',
        details: [{'@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2.4s'}],
      },
    };
    const times: number[] = [];
    const {exitCode, records} = await run(({call}, response) => {
      times.push(systemClock.monotonic());
      if (call < 8) answer(response, 429, call % 2 === 0 ? body : [body]);
      else answer(response, 200, GOOD);
    });
    expect(exitCode).toBe(0);
    expect(records.transcripts).toHaveLength(4);
    expect(times[8]! - times[7]!).toBeGreaterThan(2_300);
  });
});

describe('one model’s trouble', () => {
  test('equal refusals of every request end the model with the text of the server, and the questions stay null', async () => {
    const {exitCode, text, calls, records, cwd} = await run(
      (_asked, response) => answer(response, 400, {error: {message: 'bad parameter'}}),
      {questions: 200, tasks: 3},
    );
    expect(exitCode).toBe(1);
    expect(calls).toBeLessThan(60);
    expect(records.transcripts).toEqual([]);
    expect(records.indexLines).toEqual([]);
    expect(
      text.match(/given up 3 tasks: .*10 conversations were refused alike, no call was answered.*bad parameter/g),
    ).toHaveLength(1);
    expect(text.match(/bad parameter/g)!.length).toBeLessThanOrEqual(3);
    const again = await command(['resume', 'latest', '--dry-run'], cwd);
    expect(again.text).toContain('3 tasks would be resumed');
  });

  test('so do answers with status 200 that are no completion, as of a wrong address', async () => {
    const {calls, records} = await run((_asked, response) => answer(response, 200, '<html>Welcome</html>'), {
      questions: 100,
      speed: 20,
    });
    expect(calls).toBeLessThan(60);
    expect(records.transcripts).toEqual([]);
  });

  test('a refusal of one prompt is recorded where others are answered, even if it came first', async () => {
    const {records, exitCode} = await run(
      ({prompt}, response) => {
        if (/Which one, q[0-4]\?/.test(prompt)) answer(response, 400, {error: {message: 'bad parameter'}});
        else setTimeout(() => answer(response, 200, GOOD), 200);
      },
      {questions: 12},
    );
    expect(exitCode).toBe(1);
    expect(statuses(records).sort()).toEqual([...Array(5).fill('failed'), ...Array(7).fill('succeeded')]);
  });

  test('a few refusals that are all there is are recorded', async () => {
    const {records} = await run((_asked, response) => answer(response, 400, {error: {message: 'bad parameter'}}), {
      questions: 2,
    });
    expect(statuses(records)).toEqual(['failed', 'failed']);
  });

  test('a 401 ends the model at once, and is told once for all tasks, those that were being opened too', async () => {
    const {calls, text, records} = await run(
      (_asked, response) => answer(response, 401, {error: {message: 'Incorrect API key provided'}}),
      {questions: 3, tasks: 4},
    );
    expect(calls).toBeLessThan(20);
    expect(text.match(/^given up 4 tasks: m \(openai\)/gm), text).toHaveLength(1);
    expect(text.match(/^ {2}not done: /gm)).toHaveLength(1);
    expect(text).not.toMatch(/^stopped /m);
    expect(records.transcripts).toEqual([]);
  });
});

describe('canaries and limits of failures', () => {
  const CUT = {...GOOD, choices: [{message: {content: '{"answer": "The fir'}, finish_reason: 'length'}]};
  /** Answers nothing useful to one agent's persona. */
  const badFor =
    (persona: string): Talk =>
    ({prompt}, response) =>
      answer(response, 200, prompt.includes(persona) ? CUT : GOOD);

  test('the first questions of every task go before the rest, and a cell whose canaries all fail is not sent', async () => {
    const order: string[] = [];
    const talk: Talk = (asked, response, request) => {
      order.push(/Which one, (q\d+)/.exec(asked.prompt)?.[1] ?? '');
      badFor('nurse')(asked, response, request);
    };
    const {exitCode, text, records} = await run(talk, {questions: 20, tasks: 3, args: ['--canary', '3']});
    expect(exitCode).toBe(1);
    // Two tasks as a whole, and three failures.
    expect(statuses(records).filter(status => status === 'succeeded')).toHaveLength(40);
    expect(records.transcripts).toHaveLength(43);
    expect(text).toMatch(
      /stopped .*nurse|stopped .*its first 3 conversations \(canary\) all failed.*\(20 questions left\)/,
    );
    const firstRest = order.findIndex(id => Number(id.slice(1)) > 2);
    const lastCanary = order.map(id => ['q0', 'q1', 'q2'].includes(id)).lastIndexOf(true);
    expect(lastCanary).toBeLessThan(firstRest);
  });

  test('canaries of the config, of which an option makes none', async () => {
    const extra = 'execution_config: {canary: 2}';
    const bad: Talk = (_asked, response) => answer(response, 200, CUT);
    const first = await run(bad, {questions: 8, extra});
    expect(first.records.transcripts).toHaveLength(2);
    await server?.close();
    const second = await run(bad, {questions: 8, extra, args: ['--canary', '0']});
    expect(second.records.transcripts).toHaveLength(8);
  });

  test('a run stops after so many failures, and says so', async () => {
    const {exitCode, text, records} = await run(badFor('nurse'), {
      questions: 40,
      tasks: 2,
      model: 'backend: openai, max_num_seqs: 4',
      args: ['--fail-after', '5'],
    });
    expect(exitCode).toBe(1);
    expect(text).toContain('--fail-after 5: 5 conversations failed');
    const failed = statuses(records).filter(status => status !== 'succeeded').length;
    expect(failed).toBeGreaterThanOrEqual(5);
    expect(failed).toBeLessThan(15);
  });

  test('a server that is not there yet is waited for as long as --wait-for-server says', async () => {
    const late = await startTalkingServer((_asked, response) => answer(response, 200, GOOD));
    const {url} = late;
    await late.close();
    const cwd = makeWorkspace({model: `{backend: openai, model_name: m, api_config: {base_url: "${url}"}}`});
    const running = command(['run', 'config/c.yaml', '--wait-for-server', '10m'], cwd, 10);
    await new Promise(resolve => setTimeout(resolve, 1_500));
    server = await startTalkingServer((_asked, response) => answer(response, 200, GOOD), {
      port: Number(new URL(url).port),
    });
    const {exitCode, text} = await running;
    expect(exitCode).toBe(0);
    expect(text).toContain('waiting for m (openai)');
  });
});

describe('trouble that passes', () => {
  const LOADING = {error: {message: 'Loading model', type: 'unavailable_error', code: 503}};

  test('a llama.cpp server that loads its model is waited for at the start and in a running grid', async () => {
    let wellFrom = 4;
    let looks = 0;
    const {exitCode, records, text} = await run(
      ({call}, response) => {
        if (call === 6) {
          wellFrom = looks + 40; // restarted: a minute and more of the fast clock
        }
        if (looks < wellFrom) answer(response, 503, LOADING);
        else answer(response, 200, GOOD);
      },
      {
        model: 'backend: vllm, max_num_seqs: 8',
        questions: 12,
        speed: 60,
        get: (_path, response) => {
          looks++;
          if (looks < wellFrom) answer(response, 503, LOADING);
          else answer(response, 200, {data: [{id: 'm'}]});
        },
      },
    );
    expect(text).toContain('waiting for m (vllm)');
    expect(exitCode).toBe(0);
    expect(records.transcripts).toHaveLength(12);
    expect(text).not.toContain('dead');
  });

  test('a dead engine of vLLM 0.33 is recognised by its health, and the grid waits for its restart', async () => {
    let isDead = false;
    let healthLooks = 0;
    const {exitCode, records} = await run(
      ({call}, response) => {
        if (call === 5) isDead = true;
        if (isDead) answer(response, 500, {error: {message: 'The server had an error while processing your request.'}});
        else answer(response, 200, GOOD);
      },
      {
        model: 'backend: vllm, max_num_seqs: 8',
        questions: 12,
        speed: 20,
        get: (path, response) => {
          if (path === '/health') {
            if (isDead && ++healthLooks > 4) isDead = false;
            answer(response, isDead ? 503 : 200, '');
          } else answer(response, 200, {data: [{id: 'm'}]});
        },
      },
    );
    expect(healthLooks).toBeGreaterThan(4);
    expect(exitCode).toBe(0);
    expect(records.transcripts).toHaveLength(12);
  });
});

describe('a limit that steers itself without metrics', () => {
  test('finishes sixteen of sixteen on a server of four slots whose time-out is a little longer than one answer', async () => {
    // A tenth of the seconds that were seen: 14 s an answer, 15 s of patience.
    const queue: (() => void)[] = [];
    let busy = 0;
    const next = (): void => {
      while (busy < 4) {
        const start = queue.shift();
        if (!start) return;
        busy++;
        start();
      }
    };
    const talk: Talk = (_asked, response) => {
      queue.push(() => {
        if (response.destroyed) {
          busy--;
          return;
        }
        const end = (): void => {
          busy--;
          next();
        };
        const timer = setTimeout(() => {
          response.off('close', cut);
          answer(response, 200, GOOD);
          end();
        }, 1_400);
        const cut = (): void => {
          clearTimeout(timer);
          end();
        };
        response.once('close', cut);
      });
      next();
    };
    server = await startTalkingServer(talk);
    const cwd = makeWorkspace({
      questions: 16,
      model: `{backend: openai, model_name: m, max_num_seqs: auto, api_config: {base_url: "${server.url}", timeout_seconds: 2.2, max_retries: 5}}`,
    });
    const {exitCode, records} = await command(['run', 'config/c.yaml'], cwd);
    expect(exitCode).toBe(0);
    expect(records.transcripts).toHaveLength(16);
    expect(server.calls()).toBeLessThan(90);
  }, 60_000);
});
