import type {VllmModel} from '../../backend/vllm/vllm-schema.ts';
import {countServerGpus, vllmEngineArguments} from '../../backend/vllm/vllm-flags.ts';
import type {ModelDefinition} from '../../core/task-config.ts';
import {isServedLocally, serverKey} from '../../plan/servers.ts';

/** Settings for starting model servers on this machine, from a cluster profile or flags. */
export interface ServerHooks {
  /** Shell text with placeholders; without one, `vllm serve` is started. */
  readonly serverCommand?: string | undefined;
  /** Shell text that runs before the server in the same shell. In a Slurm job the job's script has run it already. */
  readonly setupCommand?: string | undefined;
  readonly container?: ServerContainer | undefined;
  /** `{port}` stands for the server's port. */
  readonly readyUrl: string;
  readonly readyTimeoutMs: number;
  /** Most restarts of a server that was ready. */
  readonly restarts: number;
  readonly hangMs: number;
  /** Added to the environment of the servers. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

export interface ServerContainer {
  readonly runtime: 'apptainer' | 'singularity';
  readonly image: string;
  readonly binds: readonly string[];
  readonly args: readonly string[];
}

/** A model that has to be served here. */
export interface ServerSpec {
  /** `serverKey` of the definition. */
  readonly key: string;
  readonly definition: VllmModel;
  /** Name of the model in requests. */
  readonly servedName: string;
  /** Short, plain and unique among the servers of a job: for messages and file names. */
  readonly slug: string;
  readonly tensorParallelSize: number;
  readonly dataParallelSize: number;
  readonly gpus: number;
}

/**
 * Returns the servers that models need: one for each distinct definition, in their order.
 *
 * @throws UserError `config-invalid`.
 */
export function serverSpecs(definitions: Iterable<ModelDefinition>): ServerSpec[] {
  const specs = new Map<string, ServerSpec>();
  for (const definition of definitions) {
    if (!isServedLocally(definition)) continue;
    const key = serverKey(definition);
    if (specs.has(key)) continue;
    const servedName = definition.model_name ?? definition.model_path;
    const {tensor_parallel_size: tensor, data_parallel_size: data} = vllmEngineArguments(definition);
    specs.set(key, {
      key,
      definition,
      servedName,
      slug: uniqueSlug(servedName, [...specs.values()]),
      tensorParallelSize: Number(tensor),
      dataParallelSize: Number(data ?? 1),
      gpus: countServerGpus(definition),
    });
  }
  return [...specs.values()];
}

function uniqueSlug(name: string, others: readonly ServerSpec[]): string {
  const last = name.split('/').filter(Boolean).at(-1) ?? '';
  const plain = last.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60) || 'model';
  const taken = new Set(others.map(({slug}) => slug));
  for (let n = 1; ; n++) {
    const slug = n === 1 ? plain : `${plain}-${n}`;
    if (!taken.has(slug)) return slug;
  }
}
