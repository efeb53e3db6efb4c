import type {Mapping} from '../../core/mapping.ts';
import type {Parameter, Values} from '../values/parameter.ts';
import type {Bundle, Dataset, Example, Judgement} from './bundle.ts';
import type {Guide} from './guides.ts';

/** Parts of a task that runs in this process. */
export interface BundleParts {
  readonly benchmark: string;
  readonly entry: string;
  readonly objective: string;
  readonly parameters: readonly Parameter[];
  readonly train: Dataset;
  readonly validation?: Dataset;
  readonly test?: Dataset;
  readonly objectiveConfig?: Mapping;
  readonly evalKwargs: Mapping;
  /** Names of `eval_kwargs` that the builder read. */
  readonly usedKwargs?: readonly string[];
  readonly respond: (values: Values, example: Example, signal: AbortSignal) => unknown;
  readonly guide: Guide;
}

/** Makes the bundle of a task from how it responds and how responses are judged. */
export function makeBundle(parts: BundleParts): Bundle {
  const {benchmark, entry, objective, respond, guide, evalKwargs, usedKwargs = []} = parts;
  const used = [...usedKwargs, 'objective_config'];
  return {
    parameters: parts.parameters,
    train: parts.train,
    validation: parts.validation,
    test: parts.test,
    optimizerKwargs: {objective, memory_size: 5},
    metadata: {benchmark, entry},
    objectiveConfig: parts.objectiveConfig,
    unusedKwargs: Object.keys(evalKwargs).filter(name => !used.includes(name)),
    async evaluate(values, example, signal): Promise<Judgement> {
      const response = await respond(values, example, signal);
      return {...guide(example.input, response, example.info), response};
    },
    close: () => Promise.resolve(),
  };
}

/** Returns a bundle whose responses another guide judges. */
export function replaceGuide(bundle: Bundle, guide: Guide): Bundle {
  return {
    ...bundle,
    async evaluate(values, example, signal): Promise<Judgement> {
      const {response} = await bundle.evaluate(values, example, signal);
      if (response === undefined) throw new Error('this task does not tell its responses: it must keep its own guide');
      return {...guide(example.input, response, example.info), response};
    },
  };
}
