import {resolve} from 'node:path';
import {expect} from 'vitest';

import {displayPath, resolvePath} from '../../src/record/layout.ts';
import {goldenSuite} from '../support/golden.ts';

goldenSuite('paths.json', {
  mode: 'reference',
  check: ({input, expected}) => {
    const root = input.experiment_root_env;
    const roots = {workspace: input.workspace, ...(root ? {experimentRoot: resolve(input.cwd, root)} : {})};
    expect(displayPath(input.path, roots)).toBe(expected.display_path);
    expect(resolvePath(input.path, roots)).toBe(expected.resolve_path);
  },
});
