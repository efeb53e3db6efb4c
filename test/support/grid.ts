import {systemClock} from '../../src/core/clock.ts';
import {prepareFreshRun} from '../../src/runs/open/prepare-run.ts';

/** Plans a grid as `mac run` does and runs nothing. @returns its id. */
export async function makeGrid(workspace: string): Promise<string> {
  const output = {write: () => undefined, isTerminal: false, columns: 80};
  const io = {stdout: output, stderr: output, env: {}, cwd: workspace, clock: systemClock};
  const prepared = await prepareFreshRun('config/c.yaml', {}, io);
  if ('exitCode' in prepared) throw new Error('the grid was not prepared');
  return prepared.gridIds[0]!;
}
