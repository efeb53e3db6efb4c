import {expect} from 'vitest';

import {PUBLISHED_SCHEMAS} from '../support/published-schema.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('schema.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const schema = PUBLISHED_SCHEMAS[input.schema_type as keyof typeof PUBLISHED_SCHEMAS];
    const result = schema.safeParse(input.data);
    expect(result.success).toBe(expected.success);
    if (result.success) return;
    // The messages are another major version's; where the errors are is what counts.
    const paths = new Set(result.error.issues.map(issue => issue.path.join('.')));
    expect([...paths].sort()).toEqual([...new Set(expected.errors.map((error: {path: string}) => error.path))].sort());
  },
});
