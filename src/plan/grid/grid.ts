import {ConfigError} from '../../config/problem.ts';
import type {ConfigSource} from '../../config/report.ts';
import {parseYaml11, readYaml} from '../../config/yaml/yaml.ts';
import {asList, asMapping} from '../../core/mapping.ts';
import type {ConfigDocument, ConversationFrontEnd} from '../front-end.ts';
import {expandGrid} from './expand.ts';

/** YAML with a `_grid` section of sweeps, broadcasts, zips and derive rules; without one it is a plan of one task. */
export const gridFrontEnd: ConversationFrontEnd = {
  makes: 'conversations',
  name: 'grid',
  accepts: () => true,
  // What we accepted reads alike in both versions of YAML; what the older system wrote is 1.1.
  parse: ({path, text}, origin) => (origin === 'config' ? readYaml(text, path) : parseYaml11(text, path)),
  expand(document, {runtimeTimestamp}) {
    const {raw, file, locate} = document;
    const isReference = asksForReference(document);
    const source: ConfigSource = {file, locate};
    const expansion = expandGrid(raw, runtimeTimestamp, isReference ? 'reference' : 'default', source);
    if (!expansion.isGrid) refuseEmptyGrid(raw, source);
    return {...expansion, isReference};
  },
  baseConfig: ({value}) => readBaseConfig(value),
};

function asksForReference({raw}: ConfigDocument): boolean {
  return asMapping(raw)['compatibility'] === 'reference';
}

function refuseEmptyGrid(raw: unknown, {file, locate}: ConfigSource): void {
  if (raw === null || typeof raw !== 'object' || !('_grid' in raw)) return;
  const problem = {
    file,
    position: locate(['_grid']),
    path: ['_grid'],
    found: 'no sweep, broadcast or zip in it',
    expected: 'at least one',
    hint: 'give it one, or remove _grid to run the config as a single task',
  };
  throw new ConfigError([problem], 'grid-invalid');
}

/** Returns the base config, and the paths that its grid means to write, as far as that can be made out. */
function readBaseConfig(document: unknown): {config: unknown; written: readonly string[]} {
  const {_grid: grid, ...config} = asMapping(document);
  const {sweep, broadcast, zip, derive} = asMapping(grid);
  const written = [
    ...Object.keys(asMapping(sweep)),
    ...Object.keys(asMapping(derive)),
    ...Object.values(asMapping(broadcast)).flatMap(each => asList(asMapping(each)['paths']).map(String)),
    ...Object.values(asMapping(zip)).flatMap(sets => asList(sets).flatMap(set => Object.keys(asMapping(set)))),
  ];
  return {config, written: [...new Set(written)]};
}
