import {asMapping} from '../../core/mapping.ts';
import {valueText} from '../../core/text/value-text.ts';
import {shortPath} from '../path.ts';
import type {Axis} from '../plan.ts';
import type {GridAxis} from './axes.ts';

/** Returns an axis as the rest of the program sees it: what it writes, what it is called, and where it is. */
export function describeAxis(axis: GridAxis): Axis {
  const {kind, name, paths, values} = axis;
  const place = ['_grid', kind, name];
  const isZip = kind === 'zip';
  return {
    ...axis,
    place,
    title: `_grid.${kind} "${name}"`,
    labels: () => axisLabels(axis),
    written: (digit, path) =>
      isZip ? asMapping(values[digit])[path] : paths.includes(path) ? values[digit] : undefined,
    findPlace: (digit, path) =>
      isZip ? [...place, digit, path] : [...place, ...(kind === 'broadcast' ? ['values'] : []), digit],
  };
}

/** Returns the values of an axis in few words each, in their order: for the sets of a zip, what tells them apart. */
function axisLabels({kind, paths, values}: GridAxis): readonly string[] {
  if (kind !== 'zip') return values.map(labelText);
  const sets = values.map(asMapping);
  for (const path of paths) {
    const column = sets.map(set => set[path]);
    const texts = column.map(labelText);
    if (column.every(isShort) && new Set(texts).size === texts.length) return texts;
  }
  return sets.map(set =>
    Object.entries(set)
      .map(([path, value]) => `${shortPath(path)}=${labelText(value)}`)
      .join(' '),
  );
}

function isShort(value: unknown): boolean {
  return value !== undefined && typeof value !== 'boolean' && (value === null || typeof value !== 'object');
}

function labelText(value: unknown): string {
  return typeof value === 'string' ? valueText(value) : JSON.stringify(value);
}
