import {asList, isMapping, type Mapping} from '../../core/mapping.ts';

/** Arguments of one optimizer, or of several, one mapping each. */
export type Arguments = Mapping | readonly Mapping[];

/**
 * Lays arguments over others: mappings are merged one level deep, lists (of several optimizers) item by item, and a
 * mapping with every item of a list.
 */
export function mergeArguments(base: Arguments, over: Arguments): Arguments {
  if (isMapping(base)) {
    if (isMapping(over)) return {...base, ...over};
    return over.length === 0 ? base : over.map(each => ({...base, ...each}));
  }
  if (isMapping(over)) return base.length === 0 ? over : base.map(each => ({...each, ...over}));
  return Array.from({length: Math.max(base.length, over.length)}, (_, i) => ({...base[i], ...over[i]}));
}

/** Returns arguments that may be changed. */
export function copyArguments(args: Arguments): Record<string, unknown> | Record<string, unknown>[] {
  return isMapping(args) ? {...args} : args.map(each => ({...each}));
}

/** Returns what a value says of arguments; none for anything else. */
export function readArguments(value: unknown): Arguments {
  if (isMapping(value)) return value;
  return asList(value).filter(isMapping);
}
