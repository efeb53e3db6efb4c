import {valueText} from '../core/value-text.ts';
import type {Axis} from './plan.ts';

/** The values of an axis in few words each, in their order: for the sets of a zip, what tells them apart. */
export function axisLabels({kind, paths, values}: Axis): readonly string[] {
  if (kind !== 'zip') return values.map(labelText);
  const sets = values as readonly Readonly<Record<string, unknown>>[];
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

/** The last parts of a dotted path, which say enough in a list: `agent_definitions.0.persona` → `0.persona`. */
export function shortPath(path: string): string {
  const parts = path.split('.');
  return parts.slice(/^\d+$/.test(parts.at(-2) ?? '') ? -2 : -1).join('.');
}

function isShort(value: unknown): boolean {
  return value !== undefined && typeof value !== 'boolean' && (value === null || typeof value !== 'object');
}

function labelText(value: unknown): string {
  return typeof value === 'string' ? valueText(value) : JSON.stringify(value);
}
