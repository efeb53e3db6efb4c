import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';

export interface Records {
  readonly transcripts: any[];
  readonly indexLines: any[];
  /** Paths of task manifests that are still there. */
  readonly manifests: string[];
  readonly summaries: any[];
  readonly archives: any[];
  readonly gridManifests: any[];
}

/** Everything that runs left in a workspace. @param experimentRoot default: `experiment` in it. */
export function recordsOf(workspace: string, experimentRoot = join(workspace, 'experiment')): Records {
  const books = join(workspace, 'bookkeeping');
  const results = files(experimentRoot);
  return {
    transcripts: results.filter(path => path.includes('/transcript/') && path.endsWith('.json')).map(read),
    summaries: results.filter(path => path.includes('/task_summary/') && path.endsWith('.json')).map(read),
    manifests: results.filter(path => path.includes('/task_manifest/')),
    indexLines: files(books)
      .filter(path => path.endsWith('_index.jsonl'))
      .flatMap(path =>
        // A full disk or a kill may leave half a last line, or the blanks over one: nobody's, as docs/formats.md says.
        readFileSync(path, 'utf8')
          .split('\n')
          .slice(0, -1)
          .filter(line => line.trim() !== '')
          .map(line => JSON.parse(line)),
      ),
    archives: files(join(books, 'grid_archive')).map(read),
    gridManifests: files(join(books, 'grid_manifest'))
      .filter(path => path.endsWith('.json'))
      .map(read),
  };
}

/** Sends a signal as soon as `count` questions are recorded. */
export function killAfterRecorded(workspace: string, count: number, signal: NodeJS.Signals) {
  return (kill: (signal: NodeJS.Signals) => void): (() => void) => {
    const timer = setInterval(() => {
      if (countRecorded(workspace) < count) return;
      clearInterval(timer);
      kill(signal);
    }, 5);
    return () => clearInterval(timer);
  };
}

/**
 * Questions whose record is on disk, in a task's journal or in the index. Never goes down: a task that ends takes its
 * journal away, but not before its lines are in the index.
 */
export function countRecorded(workspace: string): number {
  const books = join(workspace, 'bookkeeping');
  const journals = files(join(workspace, 'experiment')).filter(path => path.endsWith('.journal.jsonl'));
  const ids = new Set(journals.flatMap(linesOf).map(line => line.transcript_id as string));
  // After the journals, so that what has left them is here.
  const indexes = (existsSync(books) ? readdirSync(books) : []).filter(name => name.endsWith('_index.jsonl'));
  for (const {transcript_path: path} of indexes.flatMap(name => linesOf(join(books, name))))
    ids.add(basename(path, '.json'));
  return ids.size;
}

/** Those that are whole. */
function linesOf(path: string): any[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    return lines.map(line => JSON.parse(line));
  } catch {
    return []; // a finished task removes its journal
  }
}

function read(path: string): any {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function files(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    try {
      return statSync(path).isDirectory() ? files(path) : [path];
    } catch {
      return []; // gone between listing and looking
    }
  });
}
