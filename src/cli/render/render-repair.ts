import type {PreparedRepair} from '../../runs/open/prepare-repair.ts';

/** Renders what would be repaired as JSON. */
export function renderRepairJson({found}: PreparedRepair): string {
  const tasks = found.map(({path, nulls, total}) => ({manifest: path, questions: {total, null_questions: nulls}}));
  return `${JSON.stringify({schema: 'mac.repair/1', dry_run: true, tasks}, null, 2)}\n`;
}

/** Renders what would be repaired, or that there is nothing. */
export function renderRepair({found}: PreparedRepair): string {
  if (found.length === 0) return 'nothing to repair: no task manifest of this snapshot has null questions\n';
  const lines = found.map(
    ({path, nulls, total}) => `  ${path}: ${total - nulls.length}/${total} done, ${nulls.length} null`,
  );
  return `${found.length} tasks to repair:\n${lines.join('\n')}\n`;
}
