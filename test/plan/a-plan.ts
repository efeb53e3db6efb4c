import {parseYaml} from '../../src/config/yaml/yaml.ts';
import {requireValid} from '../../src/config/validate.ts';
import {sha256} from '../../src/core/hash.ts';
import {compileGrid} from '../../src/plan/grid/compile.ts';
import type {Plan} from '../../src/plan/plan.ts';
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

/** Compiles YAML. */
export function planOfText(text: string, {repetition = 1} = {}): Plan {
  const document = parseYaml(text, 'c.yaml');
  return compileGrid({
    raw: document.raw,
    name: 'c.yaml',
    source: {path: 'c.yaml', sha256: sha256(text)},
    locate: document.locate,
    runtimeTimestamp: TIMESTAMP,
    repetition,
    questionsSha256: file => sha256(file),
    validate: raw => requireValid(raw),
  });
}

/** Every task number. */
export function tasksOf({size}: Plan): number[] {
  return [...new Array<undefined>(size).keys()];
}
