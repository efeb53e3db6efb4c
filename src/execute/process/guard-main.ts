import {setTimeout as sleep} from 'node:timers/promises';

import {stopTree} from './process-tree.ts';

/**
 * The program of the guard. Reads lines from standard input: `watch PID START` names the first process of a tree,
 * `dismissed` ends the guard's work. When the input ends without that word, the executor was killed: then the guard
 * ends everything that it started.
 */
const [token = ''] = process.argv.slice(2);
const TERM_MS = 5_000;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => undefined);

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => (text += chunk));
process.stdin.on('end', () => {
  const lines = text.split('\n');
  if (token === '' || lines.includes('dismissed')) return;
  const roots = lines.flatMap(line => {
    const [, pid, start] = /^watch (\d+) (\S+)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{pid: Number(pid), start: start === '-' ? null : (start ?? null)}];
  });
  void stopTree({roots, token}, {termMs: TERM_MS, sleep});
});
