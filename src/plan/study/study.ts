import {ConfigError, type Problem} from '../../config/problem.ts';
import {readYaml} from '../../config/yaml/yaml.ts';
import {asMapping} from '../../core/mapping.ts';
import type {Trial} from '../../core/trial.ts';
import type {ConfigDocument, TrialContext, TrialExpansion, TrialFrontEnd} from '../front-end.ts';
import type {Services, TrialPolicy} from '../trial-plan.ts';
import {expandRows} from './expand-rows.ts';
import {joinPlace, makeSafePart} from './places.ts';
import {readStudy, type CheckedStudy} from './read-study.ts';

/** The labels in which the rows of one job agree; the first is the default. */
const GROUPINGS = {
  case: ['hypothesis', 'condition'],
  seed: ['hypothesis', 'condition', 'seed'],
  hypothesis: ['hypothesis'],
  run: ['hypothesis', 'condition', 'sub_experiment', 'scenario', 'seed'],
} as const;

/** Seconds until a study's own server must be ready. */
const READY_TIMEOUT_SECONDS = 600;

/** Hypotheses, conditions, scenarios and seeds; each row runs a command, a grid, or uses an earlier run again. */
export const studyFrontEnd: TrialFrontEnd = {
  makes: 'trials',
  name: 'study',
  // Half of a study is a study with something missing, and no grid.
  accepts: ({text}) => hasKey(text, 'hypotheses') || hasKey(text, 'study'),
  parse: ({path, text}) => readYaml(text, path),
  listFiles: listGrids,
  expand: expandStudy,
};

/** Tells whether a text has a key at its margin, also where it does not parse; of JSON that does not, anywhere. */
function hasKey(text: string, key: string): boolean {
  if (text.trimStart().startsWith('{')) {
    try {
      return Object.hasOwn(asMapping(JSON.parse(text)), key);
    } catch {
      return text.includes(`"${key}"`);
    }
  }
  return new RegExp(`^["']?${key}["']?\\s*:`, 'm').test(text);
}

/** Returns the folder of everything that mac derives for a study. */
export function studyFolder(id: string): string {
  return joinPlace('experiments/studies', id, 'generated');
}

function expandStudy(document: ConfigDocument, {home, ...context}: TrialContext): TrialExpansion {
  const study = readStudy(document);
  const {report, id, file} = study;
  const folder = studyFolder(id);
  const trials = expandRows({study, home, folder, fileHashes: context.fileHashes ?? {}});
  if (trials.length === 0) throw new ConfigError([...document.problems, ...report.problems]);
  return {
    set: {kind: 'study', id, folder},
    trials,
    axes: describeAxes(trials),
    problems: report.problems,
    warnings: [...report.warnings, ...warnOfFolder(study, document, home)],
    policy: readPolicy(study),
    services: readServices(study),
    groupings: GROUPINGS,
    details: {name: file.study.name, document: document.value},
  };
}

/** Returns the configs of mac that rows run. */
function listGrids(document: ConfigDocument, context: TrialContext): string[] {
  const grids = expandStudy(document, context).trials.map(({details}) => details['grid']);
  return [...new Set(grids.filter(grid => typeof grid === 'string'))];
}

function describeAxes(trials: readonly Trial[]): TrialExpansion['axes'] {
  return ['hypothesis', 'condition', 'scenario', 'seed'].map(name => ({
    name,
    values: [...new Set(trials.map(({labels}) => String(labels[name])))],
  }));
}

function readPolicy({defaults}: CheckedStudy): TrialPolicy {
  return {maxParallel: defaults.max_concurrent ?? 1, failFast: false, resume: 'auto'};
}

function readServices({file}: CheckedStudy): Services | null {
  const {setup_command, setup_timeout_seconds, server_command, server_ready_url, server_timeout_seconds} =
    file.study.services ?? {};
  if (!setup_command && !server_command && !server_ready_url) return null;
  return {
    ...(setup_command ? {setup: setup_command} : {}),
    ...(setup_timeout_seconds ? {setupTimeoutSeconds: setup_timeout_seconds} : {}),
    ...(server_command ? {server: server_command} : {}),
    ...(server_ready_url ? {readyUrl: server_ready_url} : {}),
    readyTimeoutSeconds: server_timeout_seconds ?? READY_TIMEOUT_SECONDS,
  };
}

/** The id names the folder of results, whatever folder the file is in: where they differ, results are looked for. */
function warnOfFolder({id}: CheckedStudy, {file, locate}: ConfigDocument, home: string): Problem[] {
  const name = home.split('/').at(-1) ?? '';
  const hasOwnFolder = /(?:^|\/)study\.ya?ml$/.test(file);
  if (!hasOwnFolder || name === id || makeSafePart(id) === name) return [];
  return [
    {
      file,
      position: locate(['study', 'study_id']),
      path: ['study', 'study_id'],
      found: `${JSON.stringify(id)} in the folder ${JSON.stringify(name)}`,
      expected: 'one name for both',
      hint: `results are in ${studyFolder(id)}`,
    },
  ];
}
