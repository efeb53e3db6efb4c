import type {DocumentPath} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';
import {isMapping, type Mapping} from '../../core/mapping.ts';

/** Other spellings of keys, by the one that is used from then on. Hyphens read as underscores everywhere. */
export const MATRIX_ALIASES = {runs_root: 'runs_dir', seed: 'seeds', n_concurrent: 'max_workers', tasks_root: 'root'};
const TASK_ALIASES = {key: 'id', task: 'id'};
const TRAINER_ALIASES = {
  name: 'id',
  trainer: 'id',
  key: 'id',
  params: 'params_variants',
  trainer_kwargs: 'params_variants',
};
const LLM_ALIASES = {api_base: 'base_url'};

type Aliases = Readonly<Record<string, string>>;

/** A matrix whose keys all have the first of their spellings, and where each of them was written. */
export interface SpelledMatrix {
  readonly value: Mapping;
  /** Returns the place in the file of a place in `value`. */
  readonly place: (path: DocumentPath) => DocumentPath;
}

/** Returns the spelling of a key that is used from then on. */
export function spellKey(key: string, aliases: Aliases): string {
  const plain = key.replaceAll('-', '_');
  return Object.hasOwn(aliases, plain) ? (aliases[plain] ?? plain) : plain;
}

/**
 * Renames the keys of a matrix to the first of their spellings. A key that is null is a key left out. A key that is
 * written twice, in two spellings, is a problem.
 */
export function spellMatrix(value: unknown, report: Report): SpelledMatrix {
  const reader = new SpellingReader(report);
  const top = reader.rename(value, MATRIX_ALIASES, [], []);
  const matrix: Record<string, unknown> = {...top};
  if (typeof matrix['seeds'] === 'number') {
    matrix['seeds'] = [matrix['seeds']];
    reader.keepPlace(['seeds', 0], reader.place(['seeds']));
  }
  if ('llm' in matrix) matrix['llm'] = reader.rename(matrix['llm'], LLM_ALIASES, ['llm'], reader.place(['llm']));
  for (const [list, aliases] of [
    ['tasks', TASK_ALIASES],
    ['trainers', TRAINER_ALIASES],
  ] as const) {
    if (list in matrix) matrix[list] = reader.renameEntries(matrix[list], list, aliases);
  }
  return {value: matrix, place: path => reader.place(path)};
}

class SpellingReader {
  readonly #report: Report;
  /** From a path in the renamed matrix to the path that was written. */
  readonly #places = new Map<string, DocumentPath>();

  constructor(report: Report) {
    this.#report = report;
  }

  keepPlace(path: DocumentPath, written: DocumentPath): void {
    this.#places.set(path.join('\0'), written);
  }

  place(path: DocumentPath): DocumentPath {
    for (let length = path.length; length > 0; length--) {
      const written = this.#places.get(path.slice(0, length).join('\0'));
      if (written) return [...written, ...path.slice(length)];
    }
    return path;
  }

  /** Renames the keys of one mapping; anything else is returned as it is. */
  rename(value: unknown, aliases: Aliases, path: DocumentPath, written: DocumentPath): Mapping {
    // Whatever is no mapping is refused by the schema, which sees it.
    if (!isMapping(value)) return value as Mapping;
    const renamed: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) {
      if (member === null) continue;
      const name = spellKey(key, aliases);
      const earlier = Object.hasOwn(renamed, name) ? this.place([...path, name]).at(-1) : undefined;
      if (earlier !== undefined) {
        const found = `both ${earlier} and ${key}, which mean the same`;
        this.#report.problem([...written, key], {found, expected: 'one of them'});
        continue;
      }
      renamed[name] = member;
      this.keepPlace([...path, name], [...written, key]);
    }
    return renamed;
  }

  /** Renames the keys of every entry of a list; an entry that is a text is the entry's id. */
  renameEntries(value: unknown, list: 'tasks' | 'trainers', aliases: Aliases): unknown {
    if (!Array.isArray(value)) return value;
    return value.map((entry: unknown, index) => {
      const path = [list, index];
      const written = this.place(path);
      if (typeof entry === 'string') {
        this.keepPlace([...path, 'id'], written);
        return {id: entry};
      }
      const renamed: Record<string, unknown> | undefined = isMapping(entry)
        ? {...this.rename(entry, aliases, path, written)}
        : undefined;
      if (!renamed) return entry;
      const variants = renamed['params_variants'];
      if (isMapping(variants)) {
        // `params`, `trainer_kwargs`: the only variant.
        this.keepPlace([...path, 'params_variants', 0], this.place([...path, 'params_variants']));
        renamed['params_variants'] = [variants];
      }
      return renamed;
    });
  }
}
