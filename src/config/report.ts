import type {Complaint} from '../backend/backend-definition.ts';
import type {DocumentPath, Position, Problem} from './problem.ts';

export type {Complaint} from '../backend/backend-definition.ts';

/** The origin of a raw configuration, so that problems can point there. */
export interface ConfigSource {
  readonly file: string;
  readonly locate: (path: DocumentPath) => Position | undefined;
}

/** Collects what is wrong and what is only odd; no place is reported twice. */
export class Report {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #source: ConfigSource;
  readonly #places = new Set<string>();

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  problem(path: DocumentPath, complaint: Complaint): void {
    const place = path.join('\0');
    if (this.#places.has(place)) return;
    this.#places.add(place);
    this.problems.push(this.#describe(path, complaint));
  }

  warning(path: DocumentPath, complaint: Complaint): void {
    this.warnings.push(this.#describe(path, complaint));
  }

  #describe(path: DocumentPath, complaint: Complaint): Problem {
    return {file: this.#source.file, position: this.#source.locate(path), path, ...complaint};
  }
}
