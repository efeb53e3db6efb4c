import {expect, test} from 'vitest';

import {ProgressReporter, RateMeter} from '../../src/cli/progress/reporter.ts';
import type {RunEvent} from '../../src/execute/events.ts';
import {aCommandIo} from '../support/command-io.ts';

const PROGRESS = {
  units: 'questions' as const,
  tasks: {total: 1, open: 1, finished: 0, stopped: 0},
  questions: {total: 4, succeeded: 1, failed: 0, carriedOver: 0},
  requests: {settled: 0, ready: 3, blocked: 0, inFlight: 0, retries: 0, errors: 0},
  models: [],
};

const SOURCE = {progress: () => PROGRESS, waiting: () => []};

test('the rate is that of the last half minute, and 0 until there are two samples', () => {
  const meter = new RateMeter();
  expect(meter.perSecond()).toBe(0);
  meter.sample(0, 0);
  expect(meter.perSecond()).toBe(0);
  meter.sample(10_000, 100);
  expect(meter.perSecond()).toBe(10);
  meter.sample(40_000, 100);
  meter.sample(70_000, 130);
  // The first minute is forgotten: 30 in 30 s.
  expect(meter.perSecond()).toBe(1);
});

test('without a terminal, warnings are printed and tasks that start or finish are not', () => {
  const {io, written} = aCommandIo('/');
  const reporter = new ProgressReporter({output: io.stderr, clock: io.clock, detailed: false});
  const events: RunEvent[] = [
    {kind: 'warning', message: 'the disk is nearly full'},
    {kind: 'server-news', text: 'loading'},
    {kind: 'stopping', reason: 'Ctrl-C', inFlight: 2, graceMs: 9_600},
  ];
  for (const event of events) reporter.onEvent(event);
  expect(written.stderr).toBe(
    'warning  the disk is nearly full\nserver   loading\nstopping: Ctrl-C; 2 requests in flight get 10 s; Ctrl-C (SIGINT) leaves at once\n',
  );
});

test("a server's words cannot move the cursor", () => {
  const {io, written} = aCommandIo('/');
  const reporter = new ProgressReporter({output: io.stderr, clock: io.clock, detailed: false});
  reporter.onNotice('up\x1b[2J', 'warning');
  expect(written.stderr).not.toContain('\x1b');
  expect(written.stderr).toMatch(/^warning {2}up/);
});

test('closing prints the last line once, and nothing when nothing was watched', () => {
  const {io, written} = aCommandIo('/');
  const idle = new ProgressReporter({output: io.stderr, clock: io.clock, detailed: false});
  idle.close();
  expect(written.stderr).toBe('');
  const reporter = new ProgressReporter({output: io.stderr, clock: io.clock, detailed: false});
  reporter.watch(SOURCE);
  reporter.close();
  reporter.close();
  expect(written.stderr.match(/1\/4 questions/g)).toHaveLength(1);
});

test('on a terminal the cursor is hidden while the panel is drawn, and shown again at the end', () => {
  const {io, written} = aCommandIo('/');
  const output = {...io.stderr, isTerminal: true, columns: 80, rows: 24};
  const reporter = new ProgressReporter({output, clock: io.clock, detailed: false});
  reporter.watch(SOURCE);
  reporter.onEvent({kind: 'warning', message: 'slow'});
  reporter.close();
  expect(written.stderr.startsWith('\x1b[?25l')).toBe(true);
  expect(written.stderr.endsWith('\x1b[?25h')).toBe(true);
  expect(written.stderr).toContain('warning  slow\n');
});
