import {existsSync, readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {test} from 'vitest';

/** Where the shared golden vectors lie: `$MAC_SHARED`, else beside the checkout. */
export const SHARED = process.env['MAC_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');

/** Whether the shared material is there; tests that need it say loudly that they skip. */
export const HAS_SHARED = existsSync(resolve(SHARED, 'golden'));

export interface GoldenVector {
  readonly id: string;
  readonly tag?: string;
  readonly input: any;
  readonly expected: any;
}

export interface GoldenOptions {
  /** `reference`: under `compatibility: reference`; `default`: as a new user gets it. */
  readonly mode: 'reference' | 'default';
  /** Asserts that we produce what the vector expects; throws when not. */
  readonly check: (vector: GoldenVector) => void | Promise<void>;
  /**
   * The reason why this vector's recorded outcome is a defect that we do not copy (or a decision of ours), else
   * undefined. Such vectors go to `checkDecision`, which asserts the corrected outcome.
   */
  readonly decision?: (vector: GoldenVector) => string | undefined;
  readonly checkDecision?: (vector: GoldenVector, reason: string) => void | Promise<void>;
}

/**
 * Runs every vector of one golden file as one test and prints `golden FILE (mode): N passed, N differ by decision, N
 * failed`, with each reason and its count. A decision without `checkDecision` is a failure: every difference is
 * asserted.
 */
export function goldenSuite(file: string, options: GoldenOptions): void {
  const title = `golden ${file} (${options.mode})`;
  if (!HAS_SHARED) {
    console.warn(`SKIPPED: ${title}: no golden vectors at ${SHARED}; set MAC_SHARED to their folder`);
    test.skip(title, () => undefined);
    return;
  }
  test(title, async () => {
    const vectors = JSON.parse(readFileSync(resolve(SHARED, 'golden', file), 'utf8')) as GoldenVector[];
    for (const {input} of vectors)
      if (typeof input?.question === 'object') input.question = withChoices(input.question);
    const failures: string[] = [];
    const decisions = new Map<string, number>();
    let passed = 0;
    for (const vector of vectors) {
      const reason = options.decision?.(vector);
      try {
        if (reason === undefined) {
          await options.check(vector);
          passed++;
        } else {
          if (!options.checkDecision) throw new Error(`differs by decision (${reason}) but nothing asserts how`);
          await options.checkDecision(vector, reason);
          decisions.set(reason, (decisions.get(reason) ?? 0) + 1);
        }
      } catch (error) {
        failures.push(`${vector.id} [${vector.tag ?? ''}]: ${explain(error)}`);
      }
    }
    const differing = [...decisions.values()].reduce((a, b) => a + b, 0);
    console.log(`${title}: ${passed} passed, ${differing} differ by decision, ${failures.length} failed`);
    for (const [reason, count] of decisions) console.log(`  ${count} × ${reason}`);
    if (failures.length > 0)
      throw new Error(`${failures.length} of ${vectors.length} failed:\n${failures.slice(0, 15).join('\n')}`);
  });
}

/** The message, and for a failed comparison what was expected and what came. */
/** As our reader leaves every question: with a list of choices, be it empty. */
function withChoices(question: any): any {
  return question === null || 'choices' in question ? question : {...question, choices: []};
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {expected, actual} = error as {expected?: unknown; actual?: unknown};
  const detail = expected === undefined ? '' : `\n    expected ${short(expected)}\n    actual   ${short(actual)}`;
  return `${error.message}${detail}`;
}

function short(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 300);
}
