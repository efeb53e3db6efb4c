import {describe, expect, test} from 'vitest';

import {GoldenCase} from '../support/golden-case.ts';
import {HAS_SHARED, SHARED} from '../support/golden.ts';

/** Cases whose every stage we reproduce, field by field. */
const EXACT = [
  'single-agent-anonymous',
  'three-agents-three-rounds',
  'moderator-dependency',
  'one-slot-priority',
  'reverse-completion-order',
  'debug-flag',
  'external-experiment-root',
  'grid-sweep-zip-derive-rep2',
  'retries-failed-partial-then-resume',
  'rep2-failures-resume-repair',
  'vllm-backend',
  'vllm-engine-error-between-tasks',
];

if (!HAS_SHARED) console.warn(`SKIPPED: end-to-end cases: no golden vectors at ${SHARED}`);

describe.skipIf(!HAS_SHARED)('the older system\'s end-to-end cases', () => {
  for (const name of EXACT) {
    test(`${name} gives the same records`, async () => {
      const golden = new GoldenCase(name);
      for (const {stage} of golden.stages) {
        const result = await golden.runStage(stage);
        const context = `stage ${stage}: ${result.stderr}\n${result.stdout}`;
        expect(Object.keys(result.records).sort(), context).toEqual(Object.keys(result.expected).sort());
        for (const [path, texts] of Object.entries(result.expected)) {
          expect(result.records[path]?.map(text => JSON.parse(text)), `stage ${stage}: ${path}`).toEqual(texts.map(text => JSON.parse(text)));
        }
        expect(result.exitCode, context).toBe(result.expectedExitCode);
      }
    });
  }
});
