import type {Layout} from '../../../record/layout.ts';
import {Problems} from '../../records/problems.ts';
import type {KnownTask} from '../../records/recorded-tasks.ts';
import {readTranscripts} from '../../records/transcripts.ts';

/** The program and the servers behind some transcripts. */
export interface RecordedCalls {
  /** Versions of mac in the transcripts read. */
  readonly versions: readonly string[];
  /** By a model's name in the config: the names that servers gave, and the sampling options as sent. */
  readonly models: ReadonlyMap<string, {readonly served: ReadonlySet<string>; readonly sampling: ReadonlySet<string>}>;
  readonly lookedAt: number;
}

/** Most tasks whose first transcript is read, evenly spread over all. */
const MOST_TASKS = 200;

/** Reads one transcript a task: all of them call the same programs. */
export async function readRecordedCalls(layout: Layout, tasks: readonly KnownTask[]): Promise<RecordedCalls> {
  const versions = new Set<string>();
  const models = new Map<string, {served: Set<string>; sampling: Set<string>}>();
  const step = Math.max(1, tasks.length / MOST_TASKS);
  let lookedAt = 0;
  for (let at = 0; at < tasks.length; at += step) {
    const task = tasks[Math.floor(at)];
    if (!task) continue;
    const modelByAgent = new Map(task.config.agent_definitions.map(({agent_id: id, model}) => [id, model]));
    const first = task.references.find(({status}) => status === 'succeeded') ?? task.references[0];
    for await (const {provenance, conversation_rounds: rounds} of readTranscripts(
      layout,
      first ? [first] : [],
      new Problems(),
    )) {
      lookedAt++;
      if (provenance?.mac_version !== undefined) versions.add(provenance.mac_version);
      for (const {agent_id: id, message_metadata: metadata} of rounds.flatMap(({messages}) => messages)) {
        const call = (metadata as Partial<typeof metadata> | undefined)?.call;
        const model = modelByAgent.get(id);
        if (!call || model === undefined) continue;
        let known = models.get(model);
        if (!known) models.set(model, (known = {served: new Set(), sampling: new Set()}));
        if (call.served_model !== null) known.served.add(call.served_model);
        known.sampling.add(JSON.stringify(call.sampling));
      }
    }
  }
  return {versions: [...versions].sort(), models, lookedAt};
}
