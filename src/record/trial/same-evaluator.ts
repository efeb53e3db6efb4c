import {escapePattern} from '../../core/text/escape-pattern.ts';
import type {Evaluator} from '../../core/trial.ts';
import type {Immutable} from '../formats.ts';

/**
 * Returns whether an evaluator is still what a record says of it, where secrets are hidden: `***` stands for any text.
 */
export function isSameEvaluator(recorded: Immutable<Evaluator>, planned: Immutable<Evaluator>): boolean {
  return isSame(recorded, planned);
}

function isSame(recorded: unknown, planned: unknown): boolean {
  if (typeof recorded === 'string') return typeof planned === 'string' && matches(recorded, planned);
  if (Array.isArray(recorded)) {
    if (!Array.isArray(planned) || recorded.length !== planned.length) return false;
    return recorded.every((item, i) => isSame(item, planned[i]));
  }
  if (recorded === null || typeof recorded !== 'object') return recorded === planned;
  if (planned === null || typeof planned !== 'object') return false;
  const [before, now] = [new Map(Object.entries(recorded)), new Map(Object.entries(planned))];
  return before.size === now.size && [...before].every(([key, value]) => now.has(key) && isSame(value, now.get(key)));
}

function matches(recorded: string, planned: string): boolean {
  if (!recorded.includes('***')) return recorded === planned;
  const parts = recorded.split('***').map(escapePattern);
  return new RegExp(`^${parts.join('[^]*')}$`).test(planned);
}
