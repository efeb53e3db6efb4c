import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parse} from 'yaml';

import {runMac, type MacResult} from './mac.ts';
import {temporaryFolder} from './temporary-folder.ts';

/** A workspace with one matrix, `m.yaml`. */
export class BenchWorkspace {
  readonly folder = temporaryFolder();

  constructor(matrix: string | object) {
    mkdirSync(join(this.folder, 'config'));
    this.put('m.yaml', typeof matrix === 'string' ? matrix : JSON.stringify(matrix));
  }

  put(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(join(path, '..'), {recursive: true});
    writeFileSync(path, text);
    return path;
  }

  async mac(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<MacResult> {
    return await runMac(args, {cwd: this.folder, env});
  }

  async bench(...args: readonly string[]): Promise<MacResult> {
    return await this.mac(['bench', ...args]);
  }

  /** Folders of runs, oldest first. */
  runs(folder = 'runs'): string[] {
    return readdirSync(join(this.folder, folder)).sort();
  }

  text(...path: readonly string[]): string {
    return readFileSync(join(this.folder, ...path), 'utf8');
  }

  json(...path: readonly string[]): any {
    return JSON.parse(this.text(...path));
  }

  yaml(...path: readonly string[]): any {
    return parse(this.text(...path));
  }

  /** Statuses of the jobs of a run, in the order of the matrix. */
  statuses(run: string): string[] {
    return this.json('runs', run, 'meta/manifest.json').jobs.map(({status}: {status: string}) => status);
  }

  /** Numbers of the attempts at the jobs of a run. */
  attempts(run: string): (number | null)[] {
    return this.json('runs', run, 'meta/manifest.json').jobs.map(({attempt}: {attempt: number | null}) => attempt);
  }

  /** The results of a job of a run, by its place in the matrix. */
  results(run: string, index: number): any {
    const {job_id} = this.json('runs', run, 'meta/manifest.json').jobs[index];
    return this.json('runs', run, 'jobs', job_id, 'results.json');
  }
}
