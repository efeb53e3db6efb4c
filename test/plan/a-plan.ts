import {sha256} from '../../src/core/seeds/hash.ts';
import {compilePlan} from '../../src/plan/compile.ts';
import {parseConfig} from '../../src/plan/front-ends.ts';
import type {Plan} from '../../src/plan/plan.ts';
import {QuestionFiles} from '../../src/questions/question-files.ts';
import {parseTimestamp} from '../../src/record/disk/timestamps.ts';
import {aConfig} from '../config/a-config.ts';

export const TIMESTAMP = '20250102T030405.678Z';

/** Compiles a document as if it stood in a file; every question file has its name's hash. */
export function planOf(document: unknown, {repetition = 1} = {}): Plan {
  return planOfText(JSON.stringify(document), {repetition});
}

/** A plan of a small valid config with this `_grid`, and parts of the base config replaced. */
export function gridPlan(grid: unknown, changes: Readonly<Record<string, unknown>> = {}): Plan {
  return planOf({_grid: grid, ...aConfig(changes)});
}

/** Question files each of which has its name's hash. */
export class NamedFiles extends QuestionFiles {
  constructor() {
    super({workspace: '/w', resolve: name => name});
  }

  override async read(): Promise<void> {}

  override get(name: string) {
    return {questions: 10, sha256: sha256(name), warnings: 0, longestTokens: 50};
  }
}

/** Compiles YAML. */
export function planOfText(text: string, {repetition = 1} = {}): Plan {
  const config = parseConfig({path: 'c.yaml', text, sha256: sha256(text)});
  const submittedAtMs = parseTimestamp(TIMESTAMP)!;
  return compilePlan(config, new NamedFiles(), {name: 'c.yaml', submittedAtMs, repetition});
}

/** Every task number. */
export function tasksOf({size}: Plan): number[] {
  return [...new Array<undefined>(size).keys()];
}
