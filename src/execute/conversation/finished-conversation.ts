import {buildIndexRecord, buildTranscript} from '../../conversation/transcript/transcript.ts';
import {toOutcome} from '../../conversation/transcript/outcome.ts';
import {transcriptStatistics} from '../../conversation/transcript/transcript-statistics.ts';
import type {TaskConfig} from '../../core/task-config.ts';
import type {TranscriptProvenance} from '../../record/formats.ts';
import type {Layout} from '../../record/layout.ts';
import type {FinishedQuestion} from '../../record/task/task-recorder.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import type {ConversationRun} from './conversation-run.ts';

/** The task of a conversation, as its records name it. */
export interface ConversationOrigin {
  readonly layout: Layout;
  readonly config: TaskConfig;
  /** MAC_FAIRNESS_DEBUG_FLAG=1. */
  readonly debug: boolean;
  readonly jobTaskId: string;
  readonly configSnapshotPath: string;
  readonly submittedAtMs: number;
  readonly provenance: Omit<TranscriptProvenance, 'choices'>;
}

/** Builds the records of a finished conversation: its transcript, its index line and its part of the summary. */
export function describeFinished(
  {conversation, question, transcriptId, earlierTries, startedAtMs}: ConversationRun,
  {layout, config, debug, jobTaskId, configSnapshotPath, submittedAtMs, provenance}: ConversationOrigin,
  nowMs: number,
): FinishedQuestion {
  const outcome = toOutcome(conversation.result(), config.compatibility === 'reference');
  const {experiment_name, benchmark_subcategory} = config.experiment_metadata;
  const createdAt = jsonTimestamp(nowMs);
  return {
    transcript: buildTranscript({
      outcome,
      transcriptId,
      config,
      question,
      configSnapshotPath,
      jobTaskId,
      submissionTimestamp: jsonTimestamp(submittedAtMs),
      executionTimestamp: jsonTimestamp(startedAtMs),
      createdAt,
      debug,
      provenance: {
        ...provenance,
        choices: question.choices,
        ...(earlierTries > 0 ? {earlier_tries: earlierTries} : {}),
      },
    }),
    indexRecord: buildIndexRecord({
      outcome,
      question,
      jobTaskId,
      configSnapshotPath,
      transcriptPath: layout.display(layout.transcript(benchmark_subcategory, experiment_name, transcriptId)),
      attempt: provenance.attempt,
      createdAt,
    }),
    statistics: transcriptStatistics({outcome, transcriptId, config, question}),
    error: outcome.error,
  };
}
