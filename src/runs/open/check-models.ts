import {UserError} from '../../core/errors.ts';
import type {ModelAddress} from '../../backend/backend-definition.ts';
import {backendFor} from '../../backend/backends.ts';
import {countedAt} from '../../plan/check/locate-problems.ts';
import type {CountedProblem} from '../../plan/checked-plan.ts';
import {isLoopback} from '../../plan/loopback.ts';
import type {Plan} from '../../plan/plan.ts';
import {usedModels} from '../../plan/used-models.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const ORIGINS = {config: '', environment: 'from $OLLAMA_HOST: ', default: 'the default address '} as const;

interface LocalModel extends ModelAddress {
  readonly name: string;
  /** True when a job starts its server once the address is taken out. */
  readonly isStartable: boolean;
}

/**
 * Finds the models of a valid plan whose address is the machine that asks: in a job that is the node it happens to run
 * on.
 */
function findLocalModels(plan: Plan, env: Environment): LocalModel[] {
  return usedModels(plan).flatMap(({name, definition}) => {
    const address = backendFor(definition).address?.(definition, env);
    if (!address || !isLoopback(address.url)) return [];
    return [{...address, name, isStartable: backendFor(definition).startsServers === true}];
  });
}

/**
 * Warns of what the models of a valid plan need and this environment does not give them.
 *
 * @param isForSlurm whether its tasks may become jobs.
 */
export function modelWarnings(
  plan: Plan,
  {env, isForSlurm}: {readonly env: Environment; readonly isForSlurm: boolean},
): CountedProblem[] {
  return [...(isForSlurm ? findLoopback(plan, env) : []), ...findMissingKeys(plan, env)];
}

/** Warns of models that jobs would look for on their own nodes; running here is fine. */
function findLoopback(plan: Plan, env: Environment): CountedProblem[] {
  return findLocalModels(plan, env).map(({name, url, path: below, from, isStartable}) => {
    const path = ['model_definitions', name, ...below];
    return countedAt(plan, path, {
      found: `${ORIGINS[from]}${url}, a server on this machine`,
      expected: 'for jobs on Slurm an address that their nodes reach',
      hint: `mac run works, mac submit refuses it: ${adviceFor(isStartable)}`,
    });
  });
}

function adviceFor(isStartable: boolean): string {
  const startable = isStartable ? 'leave base_url out and each job starts its server, or ' : '';
  return `${startable}write the address of a server in the network, or say --allow-loopback if a server runs on every node`;
}

/** Refuses to submit models whose servers no job would find. @throws UserError `loopback-address`. */
export function refuseLoopback(plan: Plan, env: Environment): void {
  const local = findLocalModels(plan, env);
  const [first] = local;
  if (!first) return;
  const list = local.map(({name, url}) => `${name} at ${url}`).join(', ');
  throw new UserError('loopback-address', `jobs would look for their models on the nodes they run on: ${list}`, {
    hint: `${adviceFor(local.some(({isStartable}) => isStartable))} (allow_loopback in the profile); nothing was submitted`,
  });
}

/**
 * Warns of keys that a provider will want and that are not set here; only a warning, since tasks may run where they
 * are. The plan is valid.
 */
function findMissingKeys(plan: Plan, env: Environment): CountedProblem[] {
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
