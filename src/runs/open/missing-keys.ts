import {backendFor} from '../../backend/backends.ts';
import type {ReadConfig} from '../../config/read-config.ts';
import type {CountedProblem} from '../../plan/check.ts';
import type {Plan} from '../../plan/plan.ts';
import {usedModels} from '../../plan/used-models.ts';
import {validTask} from '../../cli/plan-config.ts';

/**
 * Warns of keys that a provider will want and that are not set here; only a warning, since tasks may run where they
 * are. The plan is valid.
 */
export function findMissingKeys(
  plan: Plan,
  {path: file, document}: ReadConfig,
  env: Readonly<Record<string, string | undefined>>,
): CountedProblem[] {
  const found = new Map<string, CountedProblem>();
  for (const {name, definition: model} of usedModels(plan, validTask)) {
    const {keyVariable} = backendFor(model);
    const {api_key_env: variable = keyVariable, base_url: url} = model.api_config ?? {};
    if (keyVariable === undefined || variable === undefined) continue;
    if (url !== undefined || env[variable]?.trim()) continue;
    const path = ['model_definitions', name];
    const problem = {
      file,
      path,
      position: document.locate(path),
      found: `a model whose key is in $${variable}, which is not set here`,
      expected: 'a key where the tasks run',
      hint: `export ${variable}=…`,
    };
    found.set(`${name} ${variable}`, {problem, tasks: 1});
  }
  return [...found.values()];
}
