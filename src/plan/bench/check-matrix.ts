import type {Complaint, Report} from '../../config/report.ts';
import {describeValue, suggest, type DocumentPath} from '../../config/problem.ts';
import {SUITES, TASKS} from '../../optimize/catalog/tasks.ts';
import {GUIDES, LOGGERS, OPTIMIZERS, type PartEntry} from '../../optimize/catalog/parts.ts';
import {TRAINERS} from '../../optimize/catalog/trainers.ts';
import {
  findSuite,
  findTask,
  findTrainer,
  listParameterNames,
  nameParameter,
  resolveGuide,
  resolveLogger,
  resolveOptimizer,
  resolveParameters,
} from '../../optimize/registry.ts';
import {KNOBS} from './bench-matrix.ts';
import {checkModel} from './check-model.ts';
import type {MatrixFinding} from './matrix-finding.ts';
import {type BenchJob, suiteName} from './jobs.ts';
import type {ReadMatrix} from './read-matrix.ts';
import type {BenchMatrix, BenchTask, BenchTrainer} from './resolved-matrix.ts';
import {describeTrainer} from './trainer-arguments.ts';

/** Reports what the schema cannot see. */
export function checkMatrix(matrix: BenchMatrix, place: ReadMatrix['place'], report: Report): void {
  const findings = [
    ...checkSeeds(matrix),
    ...matrix.tasks.flatMap((task, i) => checkTask(task, i)),
    ...matrix.trainers.flatMap((trainer, i) => [
      ...checkTrainer(trainer, i),
      ...checkArguments(trainer, i),
      ...checkParts(trainer, i, matrix.mode),
    ]),
    ...checkShared(matrix),
    ...checkModel(matrix),
  ];
  for (const {path, complaint, isProblem} of findings) {
    if (isProblem) report.problem(place(path), complaint);
    else report.warning(place(path), complaint);
  }
}

function problem(path: DocumentPath, complaint: Complaint): MatrixFinding {
  return {path, complaint, isProblem: true};
}

function warning(path: DocumentPath, complaint: Complaint): MatrixFinding {
  return {path, complaint, isProblem: false};
}

function checkSeeds({seeds}: BenchMatrix): MatrixFinding[] {
  return seeds.flatMap((seed, i) =>
    seeds.indexOf(seed) === i
      ? []
      : [problem(['seeds', i], {found: `the seed ${seed} again`, expected: 'every seed once'})],
  );
}

/** Checks that a task exists, as far as that can be known without looking on the disk. */
export function checkTask(task: BenchTask, index: number): MatrixFinding[] {
  if (task.command) return [];
  const path = ['tasks', index, 'id'];
  const suite = findSuite(suiteName(task));
  if (!suite) {
    const names = SUITES.map(({name}) => name);
    const found = `task ${task.id} of suite ${suiteName(task)}`;
    const hint = suggest(suiteName(task), names) ?? 'a task that is a program of yours has a command';
    return [problem(path, {found, expected: `a suite among ${names.join(', ')}`, hint})];
  }
  const known = findTask(task.id);
  if (!known) {
    const ids = TASKS.map(({id}) => id);
    const hint = suggest(task.id, ids) ?? 'mac bench list-tasks lists them';
    return [problem(path, {found: `task ${task.id}`, expected: `a task of the suite ${suite.name}`, hint})];
  }
  if (known.availability.available) return [];
  const found = `${task.id}, which is not available here: it will be skipped`;
  return [warning(path, {found, expected: 'a task that can run', hint: known.availability.reason})];
}

/** Checks that a trainer exists. */
export function checkTrainer({id, command}: BenchTrainer, index: number): MatrixFinding[] {
  if (command) return [];
  const path = ['trainers', index, 'id'];
  const known = findTrainer(id);
  if (!known) {
    const names = TRAINERS.flatMap(each => [each.id, ...each.aliases]);
    const hint = suggest(id, names) ?? 'mac bench list-trainers lists them; a program of yours has a command';
    return [problem(path, {found: `trainer ${id}`, expected: 'a known one', hint})];
  }
  if (known.availability.available) return [];
  const found = `${id}, which is not available here: its jobs will be skipped`;
  return [warning(path, {found, expected: 'a trainer that can run', hint: known.availability.reason})];
}

/** Checks the arguments that stand at a trainer. */
export function checkArguments(trainer: BenchTrainer, index: number): MatrixFinding[] {
  const known = describeTrainer(trainer);
  return trainer.params_variants.flatMap((variant, number) => {
    const at = (name: string): DocumentPath => ['trainers', index, 'params_variants', number, name];
    const {unknown, ignored, clashes, wrong} = resolveParameters(known, variant);
    const written = (name: string): string =>
      Object.keys(variant).find(each => nameParameter(known, each) === name) ?? name;
    return [
      ...[...unknown, ...ignored].map(name => {
        const hint = suggest(name, listParameterNames(known) ?? []);
        return problem(at(name), {
          found: `unknown trainer kwarg ${name}`,
          expected: `an argument of ${known.id}`,
          hint,
        });
      }),
      ...clashes.map(({given: [first, second]}) =>
        problem(at(second), {found: `both ${first} and ${second}, which mean the same`, expected: 'one of them'}),
      ),
      ...wrong.map(({name, found, expected}) => problem(at(written(name)), {found: describeValue(found), expected})),
    ];
  });
}

/** Checks the arguments that stand at the top for every trainer: each must be for one of them at least. */
function checkShared({trainer_kwargs, trainers}: BenchMatrix): MatrixFinding[] {
  const each = trainers.map(trainer => {
    const known = describeTrainer(trainer);
    return {known, ...resolveParameters(known, trainer_kwargs)};
  });
  const at = (name: string): DocumentPath => (KNOBS.includes(name) ? [name] : ['trainer_kwargs', name]);
  const names = Object.keys(trainer_kwargs);
  const unused = names.filter(name => each.every(({unknown, ignored}) => [...unknown, ...ignored].includes(name)));
  const findings = unused.map(name => {
    const complaint = {
      found: `${name}, which no trainer of this file takes`,
      expected: 'an argument of one of them',
      hint: suggest(
        name,
        each.flatMap(({known}) => listParameterNames(known) ?? []),
      ),
    };
    return each.some(({unknown}) => unknown.includes(name))
      ? problem(at(name), complaint)
      : warning(at(name), complaint);
  });
  const clashes = each.flatMap(({known, clashes: twice}) =>
    twice.map(({given: [first, second]}) =>
      problem(at(second), {
        found: `both ${first} and ${second}, which mean the same for ${known.id}`,
        expected: 'one of them',
      }),
    ),
  );
  const wrong = each.flatMap(({known, wrong: bad}) =>
    bad.map(({name, found, expected}) => {
      const written = names.find(key => nameParameter(known, key) === name) ?? name;
      return problem(at(written), {found: describeValue(found), expected});
    }),
  );
  return [...findings, ...clashes, ...wrong];
}

/** Checks the names of what proposes, judges and logs. */
export function checkParts(trainer: BenchTrainer, index: number, mode: BenchMatrix['mode']): MatrixFinding[] {
  const {optimizer, guide, logger, command} = trainer;
  const unknown = (key: string, name: string, parts: readonly PartEntry[]): MatrixFinding => {
    const names = parts.flatMap(({id, aliases}) => [id, ...aliases]);
    const hint = suggest(name, names) ?? `known: ${parts.map(({id}) => id).join(', ')}`;
    return problem(['trainers', index, key], {found: `${key} not found: ${name}`, expected: 'a known one', hint});
  };
  const findings: MatrixFinding[] = [];
  if (logger !== undefined && !resolveLogger(logger)) findings.push(unknown('logger', logger, LOGGERS));
  // A program of the user's has parts of its own.
  if (command) return findings;
  if (guide !== undefined && !resolveGuide(guide)) findings.push(unknown('guide', guide, GUIDES));
  if (optimizer === undefined) return findings;
  const proposer = resolveOptimizer(optimizer, mode);
  if (!proposer) findings.push(unknown('optimizer', optimizer, OPTIMIZERS));
  else if (proposer.notice !== undefined) {
    const path = ['trainers', index, 'optimizer'];
    findings.push(
      warning(path, {found: proposer.notice, expected: `one of ${OPTIMIZERS.map(({id}) => id).join(', ')}`}),
    );
  }
  return findings;
}

/** Reports variants that come to the same: their jobs would be one job, and have one place. */
export function checkRepeatedJobs(jobs: readonly BenchJob[], place: ReadMatrix['place'], report: Report): void {
  const first = new Map<string, BenchJob>();
  for (const job of jobs) {
    const earlier = first.get(job.id);
    if (!earlier) {
      first.set(job.id, job);
      continue;
    }
    // Seeds that are there twice are reported as such.
    if (earlier.entry === job.entry && earlier.variant === job.variant) continue;
    report.problem(place(['trainers', job.entry, 'params_variants', job.variant]), {
      found: `${describeVariant(job)}, which resolves to the same jobs as ${describeVariant(earlier)}`,
      expected: 'variants that differ',
      hint: 'two spellings of one argument, or a default that is written out?',
    });
  }
}

function describeVariant({trainer, variant, params}: BenchJob): string {
  const args = Object.entries(params).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `variant ${variant} of ${trainer.id} {${args.join(', ')}}`;
}
