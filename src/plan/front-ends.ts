import type {ConfigText} from '../config/read-config.ts';
import type {ConfigOrigin, FrontEnd, ParsedConfig} from './front-end.ts';
import {gridFrontEnd} from './grid/grid.ts';

/** The front-ends, in the order in which they are asked. A new one goes before the grid, which accepts any text. */
export const FRONT_ENDS: readonly FrontEnd[] = [gridFrontEnd];

/**
 * Parses a config, or the snapshot that a grid run keeps of one, by the front-end that it is written for.
 *
 * @throws ConfigError when there is nothing to go on with.
 */
export function parseConfig(
  config: ConfigText,
  origin: ConfigOrigin = 'config',
  frontEnds: readonly FrontEnd[] = FRONT_ENDS,
): ParsedConfig {
  const frontEnd = frontEnds.find(({accepts}) => accepts(config)) ?? gridFrontEnd;
  return {...config, frontEnd, document: frontEnd.parse(config, origin)};
}
