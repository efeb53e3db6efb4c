import {ConfigError} from '../config/problem.ts';
import type {ConfigText} from '../config/read-config.ts';
import type {ConfigOrigin, FrontEnd, ParsedConfig, ParsedTrials} from './front-end.ts';
import {benchFrontEnd} from './bench/bench.ts';
import {gridFrontEnd} from './grid/grid.ts';
import {studyFrontEnd} from './study/study.ts';
import {suiteFrontEnd} from './suite/suite.ts';

/** The front-ends, in the order in which they are asked. A new one goes before the grid, which accepts any text. */
export const FRONT_ENDS: readonly FrontEnd[] = [suiteFrontEnd, studyFrontEnd, benchFrontEnd, gridFrontEnd];

/**
 * Parses a file, or the snapshot that a run keeps of one, by the front-end that it is written for.
 *
 * @throws ConfigError when there is nothing to go on with.
 */
export function parseFile(
  config: ConfigText,
  origin: ConfigOrigin = 'config',
  frontEnds: readonly FrontEnd[] = FRONT_ENDS,
): ParsedConfig | ParsedTrials {
  const frontEnd = frontEnds.find(({accepts}) => accepts(config)) ?? gridFrontEnd;
  const document = frontEnd.parse(config, origin);
  return frontEnd.makes === 'trials' ? {...config, frontEnd, document} : {...config, frontEnd, document};
}

/** Tells whether a parsed file describes trials; else it describes conversations. */
export function describesTrials(parsed: ParsedConfig | ParsedTrials): parsed is ParsedTrials {
  return parsed.frontEnd.makes === 'trials';
}

/**
 * Parses a config of conversations, or the snapshot that a grid run keeps of one.
 *
 * @throws ConfigError when there is nothing to go on with, or the file is one of trials.
 */
export function parseConfig(
  config: ConfigText,
  origin: ConfigOrigin = 'config',
  frontEnds: readonly FrontEnd[] = FRONT_ENDS,
): ParsedConfig {
  const parsed = parseFile(config, origin, frontEnds);
  if (!describesTrials(parsed)) return parsed;
  const found = `a ${parsed.frontEnd.name}`;
  throw new ConfigError([{file: config.path, path: [], found, expected: 'a config of a grid of conversations'}]);
}
