import {existsSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {test} from 'vitest';

/** Folder of the shared golden vectors: `$MAC_SHARED`, else beside the checkout. */
export const SHARED = process.env['MAC_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');

/** True if the shared material is there; tests that need it say loudly that they skip. */
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

/** Folder of the vectors that hold no text of a benchmark. */
export const VECTORS = resolve(import.meta.dirname, '../golden/vectors');

/**
 * Files some of whose vectors hold questions of a benchmark: those in the repository leave such vectors out, or have
 * questions of our own in them (CONTRIBUTING.md).
 */
const WITH_BENCHMARK_TEXT = new Set([
  'answer-match.json',
  'formatters.json',
  'prompts.json',
  'schema.json',
  'similarity.json',
  'transcript.json',
  'transform.json',
]);

/** Reads a file of vectors of the repository, compressed or not. */
export function readVectors(file: string): any {
  const path = join(VECTORS, file);
  const text = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
  return JSON.parse(text.toString('utf8'));
}

/**
 * Runs every vector of one golden file as one test and prints `golden FILE (mode): N passed, N differ by decision, N
 * failed`, with each reason and its count. A decision without `checkDecision` is a failure: every difference is
 * asserted. Vectors that hold a benchmark's text run as a further test where the shared material is there.
 */
export function goldenSuite(file: string, options: GoldenOptions): void {
  const title = `golden ${file} (${options.mode})`;
  runVectors(title, () => readVectors(file), options);
  if (!WITH_BENCHMARK_TEXT.has(file)) return;
  const whole = `${title} with the questions of benchmarks`;
  if (HAS_SHARED) {
    runVectors(whole, () => JSON.parse(readFileSync(resolve(SHARED, 'golden', file), 'utf8')), options);
    return;
  }
  console.warn(`SKIPPED: ${whole}: no golden vectors at ${SHARED}; set MAC_SHARED to their folder`);
  test.skip(whole, () => undefined);
}

function runVectors(title: string, read: () => GoldenVector[], options: GoldenOptions): void {
  test(title, async () => {
    const vectors = read();
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

/** Returns a question as our reader leaves it: with a list of choices, even an empty one. */
function withChoices(question: any): any {
  return question === null || 'choices' in question ? question : {...question, choices: []};
}

/** Returns the message, and for a failed comparison what was expected and what came. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {expected, actual} = error as {expected?: unknown; actual?: unknown};
  const detail = expected === undefined ? '' : `\n    expected ${short(expected)}\n    actual   ${short(actual)}`;
  return `${error.message}${detail}`;
}

function short(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 300);
}
