import type {Mapping} from '../../core/mapping.ts';
import type {Judgement} from './bundle.ts';

/** Judges a response. */
export type Guide = (query: unknown, response: unknown, reference: unknown) => Judgement;

/** Guides that can take the place of a task's own, by their names in the registry. */
export const NAMED_GUIDES: Readonly<Record<string, (kwargs: Mapping) => Guide>> = {
  'mac.ExactMatchGuide': ({ignore_case = false}) => {
    const same = ignore_case === true ? (text: string): string => text.toLowerCase() : (text: string): string => text;
    return (_, response, reference) =>
      judgeTruth(same(toText(response)) === same(toText(reference)), `Expected exactly ${toText(reference)}.`);
  },
  'mac.ContainsGuide': () => (_, response, reference) =>
    judgeTruth(toText(response).includes(toText(reference)), `Expected a response that contains ${toText(reference)}.`),
  'mac.DistanceGuide': () => (_, response, reference) => judgeDistance(response, reference),
};

/** Judges right or wrong. */
export function judgeTruth(isRight: boolean, otherwise: string): Judgement {
  return isRight ? {score: 1, feedback: 'Correct.'} : {score: 0, feedback: otherwise};
}

/** Judges a number by its distance; −1 where it is none. */
export function judgeDistance(response: unknown, reference: unknown): Judgement {
  const [value, target] = [toNumber(response), toNumber(reference)];
  if (value === undefined || target === undefined) return {score: -1, feedback: 'The response is not a number.'};
  const score = value === target ? 0 : -Math.abs(value - target);
  const direction = value === target ? 'Exactly right.' : value < target ? 'Too small.' : 'Too large.';
  return {score, feedback: `${direction} The distance to the target is ${-score}.`};
}

/** Reads a number strictly: a number, or a text that is nothing else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(value)) return undefined;
  return Number(value);
}

export function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
