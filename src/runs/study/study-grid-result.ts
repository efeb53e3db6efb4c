import {writeConversationEvents} from '../../analyze/presets/conversation-events.ts';
import {listMainMetrics} from '../../analyze/metrics/main-metrics.ts';
import {readTranscripts} from '../../analyze/records/transcripts.ts';
import {Problems} from '../../analyze/records/problems.ts';
import {readResults, type Results} from '../../analyze/score/read-results.ts';
import {readSelection} from '../../analyze/select/select-tasks.ts';
import {writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {renderJson} from '../../record/disk/json-text.ts';
import type {Layout} from '../../record/layout.ts';
import type {TrialRecord} from '../../record/trial/trial-record.ts';

/** Bootstrap draws: only the values count here, their spread over seeds is the study's. */
const DRAWS = 99;

/** Result of a row that is a grid, as its record has it. */
export interface StudyGridResult {
  readonly metrics: TrialRecord['metrics'];
  readonly tokens: NonNullable<TrialRecord['tokens']>;
  readonly grid_id: string;
  readonly conversations: number;
}

/**
 * Writes what evaluators read of a grid, `action_events.jsonl` and `probe_events.jsonl`, and computes its main metrics.
 *
 * @param folder of the row.
 */
export async function readStudyGridResult(layout: Layout, gridId: string, folder: string): Promise<StudyGridResult> {
  const {conversations} = await writeConversationEvents(layout, gridId, folder);
  const results = await readResults(layout, {
    selector: gridId,
    by: ['benchmark'],
    unit: 'agent',
    round: 'last',
    draws: DRAWS,
    metrics: 'main',
  });
  return {metrics: listMetrics(results), tokens: await countTokens(layout, gridId), grid_id: gridId, conversations};
}

/** Writes the result where whoever runs the row reads it. */
export async function writeResultFile(path: string, result: StudyGridResult): Promise<void> {
  await writeFileAtomic(path, renderJson({status: 'succeeded', ...result}));
}

/** Returns the main metrics by id; where there are several benchmarks or parts of one, their names come first. */
function listMetrics({cells}: Results): Record<string, number> {
  const whole = cells.filter(({isPart}) => !isPart);
  const benchmarks = new Set(whole.map(({cell}) => cell['benchmark']));
  return Object.fromEntries(
    whole.flatMap(({cell, benchmark: kind, stratum, estimates}) => {
      const names = [
        ...(benchmarks.size > 1 ? [cell['benchmark'] ?? ''] : []),
        ...(whole.length > benchmarks.size ? [stratum] : []),
      ];
      const main = listMainMetrics(kind);
      return estimates.flatMap(({id, value}) =>
        value === null || !main.includes(id) ? [] : [[[...names, id].filter(Boolean).join('.'), value]],
      );
    }),
  );
}

async function countTokens(layout: Layout, gridId: string): Promise<StudyGridResult['tokens']> {
  const problems = new Problems();
  const {tasks} = await readSelection(layout, gridId, problems);
  const sum = {prompt: 0, completion: 0, total: 0};
  for (const {references} of tasks) {
    for await (const {conversation_summary} of readTranscripts(layout, references, problems)) {
      const {prompt_tokens, response_tokens, combined_tokens} = conversation_summary.token_metrics;
      sum.prompt += prompt_tokens.total;
      sum.completion += response_tokens.total;
      sum.total += combined_tokens.total;
    }
  }
  return sum;
}
