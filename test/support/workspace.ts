import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {temporaryFolder, type WhenDone} from './temporary-folder.ts';

export interface WorkspaceOptions {
  readonly questions?: number;
  /** The definition of the one model, as YAML in flow style. */
  readonly model?: string;
  /** More top-level YAML. */
  readonly extra?: string;
  readonly rounds?: number;
  /** Folder of the workspace; default: the one for temporary files. */
  readonly parent?: string;
  /** See `temporaryFolder`. */
  readonly whenDone?: WhenDone;
}

export const SECTIONS = {
  retry:
    '{max_retries: 2, answer_match_threshold: 0.75, retry_on_validation_error: true, retry_on_generation_error: true}',
  reveal: '{reveal_persona: true, reveal_demographics: true, reveal_presence_mode: true}',
};

export function question(id: string, extra: object = {}): string {
  return JSON.stringify({
    question_id: id,
    source_dataset: 'T',
    source_id: id,
    question_type: 'multiple_choice',
    context: '',
    question: `Which one, ${id}?`,
    choices: [
      {id: 'A', text: 'The first one'},
      {id: 'B', text: 'The other one'},
    ],
    correct_answer_id: 'A',
    schema_version: '2025-12-10',
    ...extra,
  });
}

/** A workspace with a question file `q.jsonl` and a config `config/c.yaml` of two agents. */
export function makeWorkspace(options: WorkspaceOptions = {}): string {
  const {questions = 4, model = '{backend: simulated}', extra = '', rounds = 1, parent, whenDone} = options;
  const workspace = temporaryFolder('mac-ws-', parent, whenDone);
  mkdirSync(join(workspace, 'config'));
  writeFileSync(
    join(workspace, 'q.jsonl'),
    `${Array.from({length: questions}, (_, i) => question(`q${i}`)).join('\n')}\n`,
  );
  writeFileSync(join(workspace, 'config/c.yaml'), config({model, extra, rounds}));
  return workspace;
}

export function config({model = '{backend: simulated}', extra = '', rounds = 1}: WorkspaceOptions = {}): string {
  return `${extra}
experiment_metadata: {experiment_name: e_as-human, benchmark_subcategory: b, schema_version: '2025-12-10', questions_file: q.jsonl}
conversation_config: {routing_strategy: vanilla, max_rounds: ${rounds}}
retry_config: ${SECTIONS.retry}
identity_reveal_config: ${SECTIONS.reveal}
model_definitions:
  m: ${model}
agent_definitions:
  - {agent_id: a, role: participant, persona: doctor, if_as_human: true, model: m, temperature: 0, max_tokens: 100}
  - {agent_id: b, role: participant, if_as_human: false, model: m, temperature: 0, max_tokens: 100}
`;
}
