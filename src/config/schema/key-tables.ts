import {schemaKeys, type SchemaKey} from './schema-keys.ts';

/** Renders every key of the config as Markdown: a heading and a table for each place that has keys. */
export function keyTables(): string {
  const keys = schemaKeys();
  const sections = keys.filter(({isSection}) => isSection);
  const top = renderTable('The whole', 'the sections', listMembers([], undefined, keys));
  const tables = sections.flatMap(section => renderSection(section, keys));
  return [top, ...new Set(tables)].join('\n');
}

function renderSection(section: SchemaKey, keys: readonly SchemaKey[]): string[] {
  const {path, description} = section;
  const place = keys.some(key => isBelow([...path, '*'], key.path)) ? [...path, '*'] : path;
  const members = keys.filter(key => isBelow(place, key.path));
  const backends = new Set(members.map(({backend}) => backend));
  return [...backends].map(backend => {
    const kind = backend === undefined ? '' : `, \`backend: ${backend}\``;
    return renderTable(title(place) + kind, description, listMembers(place, backend, keys));
  });
}

function listMembers(place: readonly string[], backend: string | undefined, keys: readonly SchemaKey[]): SchemaKey[] {
  return keys.filter(key => isBelow(place, key.path) && key.backend === backend);
}

function isBelow(place: readonly string[], path: readonly string[]): boolean {
  return path.length === place.length + 1 && place.every((part, i) => part === path[i]);
}

/** Returns `` `model_definitions.NAME` ``. */
function title(path: readonly string[]): string {
  const words = path.map((part, i) => (part !== '*' ? part : path[i - 1] === 'agent_definitions' ? 'N' : 'NAME'));
  return `\`${words.join('.')}\``;
}

function renderTable(heading: string, description: string, rows: readonly SchemaKey[]): string {
  const cells = rows.map(({path, takes, isRequired, description: text}) => [
    `\`${path.at(-1) ?? ''}\``,
    takes,
    isRequired ? 'yes' : '',
    text,
  ]);
  const all = [['key', 'takes', 'needed', 'what it is'], ...cells];
  const escaped = all.map(row => row.map(cell => cell.replaceAll('|', '\\|')));
  const widths = [0, 1, 2, 3].map(i => Math.max(...escaped.map(row => row[i]?.length ?? 0)));
  const lines = escaped.map(row => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`;
  return [
    `### ${heading}`,
    '',
    `${description[0]?.toUpperCase() ?? ''}${description.slice(1)}.`,
    '',
    lines[0],
    rule,
    ...lines.slice(1),
    '',
  ].join('\n');
}
