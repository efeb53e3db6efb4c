import {backendFor} from '../../backend/backends.ts';
import {countedAt} from '../../plan/check/locate-problems.ts';
import type {CountedProblem} from '../../plan/checked-plan.ts';
import type {Plan} from '../../plan/plan.ts';
import {usedModels} from '../../plan/used-models.ts';

/**
 * Warns of keys that a provider will want and that are not set here; only a warning, since tasks may run where they
 * are. The plan is valid.
 */
export function findMissingKeys(plan: Plan, env: Readonly<Record<string, string | undefined>>): CountedProblem[] {
  const found = new Map<string, CountedProblem>();
  for (const {name, definition: model} of usedModels(plan)) {
    const {keyVariable} = backendFor(model);
    const {api_key_env: variable = keyVariable, base_url: url} = model.api_config ?? {};
    if (keyVariable === undefined || variable === undefined) continue;
    if (url !== undefined || env[variable]?.trim()) continue;
    const warning = countedAt(plan, ['model_definitions', name], {
      found: `a model whose key is in $${variable}, which is not set here`,
      expected: 'a key where the tasks run',
      hint: `export ${variable}=…`,
    });
    found.set(`${name} ${variable}`, warning);
  }
  return [...found.values()];
}
