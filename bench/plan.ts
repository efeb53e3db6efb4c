import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';

import {median, report} from './report.ts';

const MAC = resolve(import.meta.dirname, '../bin/mac.js');
const RUNS = 5;

/** Time and memory of `mac plan` for a grid of a million tasks, and start-up against `node -e 0`. */
export function run(): void {
  const workspace = mkdtempSync(join(tmpdir(), 'mac-bench-'));
  mkdirSync(join(workspace, 'config'));
  writeFileSync(
    join(workspace, 'q.jsonl'),
    `${JSON.stringify({question_id: 'a', question: 'Q?', question_type: 'binary', choices: [{id: 'A', text: 'Yes'}]})}\n`,
  );
  writeFileSync(join(workspace, 'config/million.yaml'), millionTasks());
  const planned = Array.from({length: RUNS}, () => measure(workspace, ['plan', 'config/million.yaml']));
  report('plan of 1,000,000 tasks', median(planned.map(({ms}) => ms)), 'ms', {value: 2000, name: 'the limit'});
  report('  its memory', median(planned.map(({megabytes}) => megabytes)), 'MB', {value: 300, name: 'the limit'});
  const bare = median(Array.from({length: RUNS}, () => time(() => execFileSync(process.execPath, ['-e', '0']))));
  const version = median(
    Array.from({length: RUNS}, () => time(() => execFileSync(process.execPath, [MAC, '--version']))),
  );
  const project = resolve(import.meta.dirname, '..');
  const small = median(
    Array.from({length: RUNS}, () =>
      time(() => execFileSync(process.execPath, [MAC, 'plan', 'config/quickstart.yaml'], {cwd: project})),
    ),
  );
  const limit = {value: 1.5 * bare + 150, name: '1.5 × node -e 0 + 150 ms'};
  report('mac --version', version, 'ms', limit);
  report('mac plan of a small grid', small, 'ms', limit);
  rmSync(workspace, {recursive: true});
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function measure(cwd: string, args: readonly string[]): {ms: number; megabytes: number} {
  const script = `process.on('exit', () => require('node:fs').writeSync(2, String(process.resourceUsage().maxRSS)));
    import(${JSON.stringify(`file://${resolve(import.meta.dirname, '../dist/cli/main.js')}`)}).then(({main}) => main(${JSON.stringify(args)}))`;
  const start = performance.now();
  const output = execFileSync('sh', ['-c', '"$0" "$@" 2>&1 >/dev/null', process.execPath, '-e', script], {
    cwd,
    encoding: 'utf8',
  });
  return {ms: performance.now() - start, megabytes: Number(output.trim()) / 1024};
}

function millionTasks(): string {
  const values = (prefix: string, count: number): string =>
    `[${Array.from({length: count}, (_, i) => `${prefix}${i}`).join(', ')}]`;
  return `
_grid:
  sweep:
    agent_definitions.0.persona: ${values('p', 100)}
    agent_definitions.0.demographics: ${values('d', 100)}
    agent_definitions.1.persona: ${values('q', 100)}
experiment_metadata: {experiment_name: million, benchmark_subcategory: b, schema_version: '2025-12-10', questions_file: q.jsonl}
conversation_config: {routing_strategy: vanilla, max_rounds: 3}
retry_config: {max_retries: 1, answer_match_threshold: 0.75, retry_on_validation_error: true, retry_on_generation_error: true}
identity_reveal_config: {reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true}
model_definitions: {m: {backend: simulated}}
agent_definitions:
  - {agent_id: a, role: participant, persona: _, demographics: _, if_as_human: true, model: m, temperature: 0, max_tokens: 9}
  - {agent_id: b, role: participant, persona: _, if_as_human: true, model: m, temperature: 0, max_tokens: 9}
`;
}
