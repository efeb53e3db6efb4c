import {systemClock} from '../../src/core/clock.ts';
import {startRun} from '../../src/runs/open/prepare-run.ts';

/** Plans a grid as `mac run` does and runs nothing. @returns its id. */
export async function makeGrid(workspace: string): Promise<string> {
  const caller = {env: {}, cwd: workspace, clock: systemClock, onNotice: () => undefined};
  const prepared = await startRun('config/c.yaml', {}, caller);
  return prepared.gridIds[0]!;
}
