import {ConfigError} from '../../config/problem.ts';
import type {Trial} from '../../core/trial.ts';
import {suiteDescriptionSchema, type SuiteDescription} from '../../suite/suite-description.ts';
import type {ConfigDocument, TrialContext, TrialExpansion, TrialFrontEnd} from '../front-end.ts';

/** A suite in TypeScript, evaluated: the text is what its file defined (`mac.suite/1`). */
export const suiteFrontEnd: TrialFrontEnd = {
  makes: 'trials',
  name: 'suite',
  accepts: ({text}) => text.startsWith('{"schema":"mac.suite/1"'),
  parse: ({path, text}) => {
    const value: unknown = JSON.parse(text);
    // No person wrote the text: nothing in it has a place to point at.
    return {file: path, problems: [], value, raw: value, locate: () => undefined};
  },
  isAlwaysNew: true,
  nameRun: (document, {submittedAtMs}) => nameSuiteRun(readDescription(document), submittedAtMs),
  expand: expandSuite,
};

/** Returns the suite of a document. @throws ConfigError when another version wrote it. */
export function readDescription({value, file}: Pick<ConfigDocument, 'value' | 'file'>): SuiteDescription {
  const parsed = suiteDescriptionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map(({path, message}) => ({
      file,
      path: path.filter(key => typeof key !== 'symbol'),
      found: message,
      expected: 'a suite as this version evaluates it',
      hint: 'run the suite again instead of its snapshot',
    })),
  );
}

function expandSuite(document: ConfigDocument, {submittedAtMs, runName}: TrialContext): TrialExpansion {
  const suite = readDescription(document);
  const run = runName ?? nameSuiteRun(suite, submittedAtMs);
  const isInspect = suite.mode === 'inspect';
  const folder = isInspect ? `results/${suite.name}` : `results/${suite.name}/${run}`;
  return {
    set: {kind: 'suite', id: `${suite.name}/${run}`, folder},
    trials: suite.cases.map(each => makeTrial(suite, each, {folder, run})),
    axes: [{name: 'variant', values: suite.cases.map(({variant}) => variant)}],
    problems: [],
    warnings: [],
    policy: {maxParallel: suite.max_parallel, failFast: false, resume: 'auto'},
    services: null,
    groupings: {run: ['variant']},
    details: {
      name: suite.name,
      run,
      tag: hashOfRun(run),
      mode: suite.mode,
      file: suite.file,
      code: suite.code,
      code_files: suite.code_files,
      git: suite.git,
    },
  };
}

function makeTrial(
  suite: SuiteDescription,
  {variant, config, argv}: SuiteDescription['cases'][number],
  {folder, run}: {readonly folder: string; readonly run: string},
): Trial {
  const isInspect = suite.mode === 'inspect';
  return {
    id: variant,
    labels: {variant},
    seed: config.seed,
    config,
    runner: {kind: 'module', file: suite.entry ?? '', inspect: isInspect, ...(argv ? {argv} : {})},
    evaluators: [],
    output_dir: isInspect ? folder : `${folder}/${variant}`,
    cwd: '.',
    // Inspect puts the time before it, and its own id for `{id}`.
    environment: isInspect ? {INSPECT_EVAL_LOG_FILE_PATTERN: `${hashOfRun(run)}_${variant}_{id}`} : {},
    timeout_seconds: suite.timeout_seconds,
    resources: suite.resources,
    code: suite.code,
    details: {git: suite.git},
  };
}

/** Returns the name of a run: `YYYYMMDD_HHMMSS_{commit}`, in UTC; `nogit` without a commit, `-dirty` with changes. */
export function nameSuiteRun({git}: Pick<SuiteDescription, 'git'>, submittedAtMs: number): string {
  const [date = '', time = ''] = new Date(submittedAtMs).toISOString().split('T');
  const commit = git === null ? 'nogit' : git.dirty ? `${git.short}-dirty` : git.short;
  return `${date.replaceAll('-', '')}_${time.slice(0, 8).replaceAll(':', '')}_${commit}`;
}

/** Returns what follows the time in the name of a run. */
function hashOfRun(run: string): string {
  return run.split('_').slice(2).join('_') || run;
}
