import {execa} from 'execa';

import {MAC} from '../../test/support/mac.ts';

/** Runs the built command in a workspace and returns all that it printed. */
export async function mac(
  args: readonly string[],
  workspace: string,
): Promise<{readonly exitCode: number | undefined; readonly text: string}> {
  const {exitCode, all} = await execa(process.execPath, [MAC, ...args], {
    cwd: workspace,
    env: {MAC_FAIRNESS_WORKSPACE: workspace},
    reject: false,
    all: true,
  });
  return {exitCode, text: all};
}
