import {Report} from '../../src/config/report.ts';
import {pythonStr} from '../../src/core/python/python-str.ts';
import {readAxes, type GridAxis} from '../../src/plan/grid/axes.ts';
import {substituteTimestamp, type ExpandedGrid} from '../../src/plan/grid/expand.ts';
import {countTasks, toDigits} from '../../src/plan/task-numbers.ts';

const RULE = '='.repeat(60);

/**
 * Renders what the older system's dry run prints for a grid. We print something better; but these texts show every
 * value as Python's `str()` writes it, floats included, and every task's values in order.
 *
 * @param raw with floats marked.
 */
export function dryRunText(raw: any, expansion: ExpandedGrid, runtimeTimestamp: string): string {
  const report = new Report({file: 'golden.yaml', locate: () => undefined});
  const grid: any = substituteTimestamp(raw._grid ?? {}, runtimeTimestamp);
  const axes = expansion.isGrid ? readAxes(grid, {mode: 'reference', report}) : [];
  const lines = expansion.isGrid
    ? [RULE, 'Grid Configuration Summary', RULE, ...summary(axes, grid.derive), total(expansion)]
    : ['[INFO] Not a grid configuration (no _grid.sweep, _grid.broadcast, or _grid.zip section)'];
  lines.push(RULE, `Expanded Configurations (${countTasks(expansion.axes)} total)`, RULE);
  for (let i = 0; i < countTasks(expansion.axes); i++) lines.push(...task(i, expansion, axes));
  return lines.join('\n');
}

function total({axes}: ExpandedGrid): string {
  return `[INFO] Total combinations: ${countTasks(axes)}`;
}

function summary(axes: readonly GridAxis[], derive: Record<string, unknown> | null | undefined): string[] {
  const section = (kind: GridAxis['kind'], title: string, describe: (axis: GridAxis) => string[]): string[] => {
    const some = axes.filter(axis => axis.kind === kind);
    return some.length === 0 ? [] : [title, ...some.flatMap(axis => [`  ${axis.name}:`, ...describe(axis)])];
  };
  const rules = Object.entries(derive ?? {}).map(([path, template]) => `  ${path}: ${pythonStr(template)}`);
  return [
    ...section('sweep', 'Sweep Parameters:', ({values}) => list(values, 4)),
    ...section('broadcast', 'Broadcast Parameters:', ({paths, values}) => [
      '    paths:',
      ...list(paths, 6),
      '    values:',
      ...list(values, 6),
    ]),
    ...section('zip', 'Zip Parameters (paired values):', ({values}) =>
      values.flatMap((set, i) => [`    [${i}]:`, ...mapping(set as object, 6)]),
    ),
    ...(rules.length > 0 ? ['Derivation Rules:', ...rules] : []),
  ];
}

function list(values: readonly unknown[], indent: number): string[] {
  return values.map(value => `${' '.repeat(indent)}- ${pythonStr(value)}`);
}

function mapping(value: object, indent: number): string[] {
  return Object.entries(value).map(([key, member]) => `${' '.repeat(indent)}${key}: ${pythonStr(member)}`);
}

function task(index: number, expansion: ExpandedGrid, axes: readonly GridAxis[]): string[] {
  const {experiment_metadata: metadata} = expansion.configAt(index) as {experiment_metadata: Record<string, unknown>};
  const digits = toDigits(expansion.axes, index);
  // Axes of one name overwrite each other here, as in the grid manifest.
  const specs = new Map(axes.map(({name, values}, i) => [name, values[digits[i] ?? 0]]));
  return [
    `[${index + 1}] ${pythonStr(metadata['experiment_name'])}`,
    `    experiment_metadata.questions_file: ${pythonStr(metadata['questions_file'])}`,
    ...[...specs].flatMap(([name, value]) =>
      isMapping(value) ? [`    ${name}:`, ...mapping(value, 6)] : [`    ${name}: ${pythonStr(value)}`],
    ),
  ];
}

function isMapping(value: unknown): value is object {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}
