import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {runOnce, type FieldRun} from './field/run-once.ts';
import {startServers, type RealServer} from './field/real-server.ts';
import {failedTranscript, renderTable, tally} from './field/tally.ts';
import {EXPERIMENTS, MODES} from './field/experiments.ts';
import {mac} from './field/mac.ts';

const LIMIT = Number(process.env['FIELD_LIMIT'] ?? 4);
const WANTED = process.argv.slice(2);

const HELP = `npm run field runs a few conversations against real model servers. It starts those whose programs it is told:

  FIELD_LLAMA_SERVER=/path/to/llama-server FIELD_MODEL=/path/to/model.gguf npm run field
  FIELD_OLLAMA=/path/to/ollama             FIELD_MODEL=/path/to/model.gguf npm run field
  FIELD_URL=http://127.0.0.1:8000/v1       FIELD_MODEL_NAME=org/model      npm run field

The last is any OpenAI-compatible server that already runs, such as vLLM. Names after the command (quickstart, bbq) choose
experiments; FIELD_LIMIT (default 4) is how many questions of the
BBQ sample are asked; FIELD_KEEP=1 keeps the records. docs/field-tests.md tells where to get a server and a small model.
`;

/**
 * Runs every experiment in every mode against every server, one after the other: a small machine has no more to give.
 */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mac-field-'));
  let found = 0;
  try {
    for await (const server of startServers(process.env, folder)) {
      found++;
      await tryServer(server, folder);
    }
  } finally {
    if (process.env['FIELD_KEEP'] === undefined) rmSync(folder, {recursive: true, force: true});
    else console.log(`\nrecords, configs and logs of the servers: ${folder}`);
  }
  if (found > 0) return;
  console.log(HELP);
  process.exitCode = 2;
}

async function tryServer(server: RealServer, folder: string): Promise<void> {
  console.log(`\n${server.name} ${server.version}, ${server.model}`);
  const runs: FieldRun[] = [];
  for (const experiment of EXPERIMENTS.filter(({name}) => WANTED.length === 0 || WANTED.includes(name))) {
    for (const mode of MODES) {
      runs.push(await runOnce({server, experiment, mode, limit: LIMIT, folder}));
      console.log(`  ${runs.at(-1)!.name}: done`);
    }
  }
  console.log(`\n${renderTable(runs.map(run => tally(run)))}`);
  for (const run of runs) console.log(`\n$ ${run.command}\n${run.told}`);
  await showOneFailed(runs);
}

/** Prints what a user would look at next: a conversation that did not succeed, with every attempt. */
async function showOneFailed(runs: readonly FieldRun[]): Promise<void> {
  for (const run of runs) {
    const id = failedTranscript(run);
    if (id === null) continue;
    console.log(`\n$ mac show ${id}\n${(await mac(['show', id], run.workspace)).text}`);
    return;
  }
  console.log('\nno conversation failed: none to show');
}

await main();
