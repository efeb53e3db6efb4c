import {expect, test} from 'vitest';

import {renderLine, renderPanel} from '../../src/cli/progress/render.ts';
import type {Progress} from '../../src/execute/events.ts';

const PROGRESS: Progress = {
  tasks: {total: 1, open: 1, finished: 0, stopped: 0},
  questions: {total: 4, succeeded: 0, failed: 0, carriedOver: 0},
  requests: {settled: 0, ready: 4, blocked: 0, inFlight: 0, retries: 0, errors: 0},
  models: [],
};

test('the plain line says why nothing comes from a server', () => {
  const model = {name: 'm (vllm)', limit: 4, inFlight: 0, ready: 4};
  const line = (trouble: string | null) =>
    renderLine({progress: {...PROGRESS, models: [{...model, trouble}]}, elapsedMs: 0, rate: 0});
  expect(line('rate-limited by the server, no answer for 9 s')).toContain(
    'm (vllm): rate-limited by the server, no answer for 9 s',
  );
  expect(line(null)).not.toContain('m (vllm)');
});

test('a terminal that says it has no columns shows whole lines', () => {
  expect(renderPanel({progress: PROGRESS, elapsedMs: 0, rate: 0}, 0).join('\n')).toContain('0/4 questions');
});
