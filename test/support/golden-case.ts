import {cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {basename, join, resolve} from 'node:path';
import {execa} from 'execa';

import {SHARED} from './golden.ts';
import {MAC} from './mac.ts';
import {normaliseGolden, normaliseWorkspace, type NormalisedTree} from './normalise.ts';
import {isBusy} from './processes.ts';
import {startScriptedServer, type Script, type SeenRequest} from './scripted-server.ts';
import {temporaryFolder} from './temporary-folder.ts';
import {VirtualTime} from './virtual-time.ts';

export interface StageResult {
  readonly exitCode: number | undefined;
  readonly expectedExitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly records: NormalisedTree;
  readonly expected: NormalisedTree;
  readonly seen: readonly SeenRequest[];
}

/**
 * One end-to-end case of the older system, replayed through the real command line against a server that plays its
 * script.
 */
export class GoldenCase {
  readonly folder: string;
  readonly workspace: string;
  readonly #golden: string;
  readonly #case: any;
  readonly #pids: number[] = [];
  #snapshotName = 'none.yaml';

  constructor(name: string) {
    this.#golden = resolve(SHARED, 'golden/e2e', name);
    this.#case = JSON.parse(readFileSync(join(this.#golden, 'case.json'), 'utf8'));
    this.folder = temporaryFolder(`mac-e2e-${name}-`);
    this.workspace = join(this.folder, 'workspace');
    cpSync(join(this.#golden, 'workspace'), this.workspace, {recursive: true});
    mkdirSync(join(this.workspace, 'config'), {recursive: true});
  }

  get stages(): readonly {stage: number; args: string[]}[] {
    return this.#case.stages;
  }

  /** The config with the server's address, and in the mode that reproduces the older system. */
  #writeConfig(url: string): void {
    let text = readFileSync(join(this.#golden, 'config.yaml'), 'utf8');
    const api = `api_config: {base_url: "${url}", max_retries: 0}`;
    text = text.replaceAll(/^( +)backend: (openai|vllm)$/gm, (line, indent: string) => `${line}\n${indent}${api}`);
    for (const stage of this.stages) {
      const name = stage.args[0] ?? '';
      if (name.startsWith('config/')) writeFileSync(join(this.workspace, name), `compatibility: reference\n${text}`);
    }
  }

  async runStage(
    number: number,
    options: {args?: string[]; onStart?: (kill: (signal: NodeJS.Signals) => void) => () => void} = {},
  ): Promise<StageResult> {
    const stage = this.#case.stages[number - 1];
    const scriptPath = join(this.#golden, `stage${number}/script.json`);
    const script: Script = existsSync(scriptPath)
      ? JSON.parse(readFileSync(scriptPath, 'utf8'))
      : {tasks: [], question_markers: {}};
    let pid = 0;
    // Whoever wants to kill it half-way needs time for that.
    const time = new VirtualTime(() => isBusy(pid), options.onStart ? 200 : 0);
    const server = await startScriptedServer(script, id => this.#taskOf(id), time);
    this.#writeConfig(server.url);
    this.#moveServer(server.url);
    const child = execa(process.execPath, [MAC, ...(options.args ?? this.#translate(stage.args))], {
      cwd: this.workspace,
      env: this.#environment(stage.env),
      extendEnv: false,
      reject: false,
    });
    pid = child.pid ?? 0;
    this.#pids.push(pid);
    const stopWatching = options.onStart?.(signal => child.kill(signal));
    const {exitCode, signal, stdout, stderr} = await child;
    stopWatching?.();
    await server.close();
    return {
      exitCode: exitCode ?? (signal === 'SIGKILL' ? 137 : undefined),
      expectedExitCode: stage.exit_code,
      stdout,
      stderr,
      records: normaliseWorkspace(this.workspace, this.#experimentRoot(), this.#pids),
      expected: normaliseGolden(join(this.#golden, `stage${number}/normalized.json`)),
      seen: server.seen,
    };
  }

  #experimentRoot(): string | undefined {
    return this.#case.env.MAC_FAIRNESS_EXPERIMENT_ROOT ? join(this.folder, 'exp-root') : undefined;
  }

  #environment(stageEnv: Record<string, string>): Record<string, string> {
    const env: Record<string, string> = {PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? ''};
    for (const [name, value] of Object.entries<string>({...this.#case.env, ...stageEnv}))
      env[name] = value.replace('{EXT}', this.folder);
    return {...env, MAC_FAIRNESS_WORKSPACE: this.workspace, OPENAI_API_KEY: 'sk-test-key-0000'};
  }

  /** A later stage has a server of its own: its address goes into the snapshot that the run reads. */
  #moveServer(url: string): void {
    for (const folder of ['_grid_config_snapshot', 'config_snapshot']) {
      const root = join(this.workspace, 'bookkeeping', folder);
      if (!existsSync(root)) continue;
      for (const name of readdirSync(root, {recursive: true}) as string[]) {
        if (!name.endsWith('.yaml')) continue;
        const path = join(root, name);
        writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/http:\/\/127\.0\.0\.1:\d+\/v1/g, url));
      }
    }
  }

  /**
   * The older system's arguments as ours. Its resume continues one repetition, the newest unfinished; ours takes that
   * one's id.
   */
  #translate(args: readonly string[]): string[] {
    const [path = '', ...flags] = args;
    const rest = flags.filter(flag => !['--grid', '--resume', '--repair'].includes(flag));
    const isResume = flags.includes('--resume');
    const isRepair = flags.includes('--repair');
    if (isRepair) return ['repair', this.#snapshot(), ...rest];
    if (isResume)
      return [
        'resume',
        this.#newestUnfinished(),
        ...rest,
        ...(rest.includes('--dry-run') ? [] : ['--max-parallel', '1']),
      ];
    return ['run', path, '--max-parallel', '1', '--skip-invalid', ...rest];
  }

  /** The grid's snapshot, by the name it had while it was there: a finished grid has none any more. */
  #snapshot(): string {
    const folder = join(this.workspace, 'bookkeeping/_grid_config_snapshot');
    this.#snapshotName = (existsSync(folder) ? readdirSync(folder)[0] : undefined) ?? this.#snapshotName;
    return join('bookkeeping/_grid_config_snapshot', this.#snapshotName);
  }

  #newestUnfinished(): string {
    const folder = join(this.workspace, 'bookkeeping/grid_manifest');
    const names = existsSync(folder)
      ? readdirSync(folder)
          .filter(name => name.endsWith('.json'))
          .sort()
      : [];
    return basename(names.at(-1) ?? 'latest', '.json');
  }

  /** Requests carry their task's number; a repair's carry a transcript id, which a task manifest knows. */
  #taskOf(requestId: string): string {
    const [job = '', transcript = ''] = requestId.split('/');
    if (job.includes('_')) {
      // Repetitions of one process number their tasks alike: tell them apart by their manifests.
      return `${job} ${this.#manifestOf(transcript)}`;
    }
    return this.#manifestOf(transcript);
  }

  readonly #manifests = new Map<string, string>();

  #manifestOf(transcriptId: string): string {
    const known = this.#manifests.get(transcriptId);
    if (known !== undefined) return known;
    const root = this.#experimentRoot() ?? join(this.workspace, 'experiment');
    for (const name of readdirSync(root, {recursive: true}) as string[]) {
      if (!/task_manifest\/[^/.][^/]*\.json$/.test(name)) continue;
      const {questions} = JSON.parse(readFileSync(join(root, name), 'utf8'));
      for (const {transcript_id: id} of Object.values<any>(questions)) this.#manifests.set(id, name);
    }
    return this.#manifests.get(transcriptId) ?? transcriptId;
  }
}
