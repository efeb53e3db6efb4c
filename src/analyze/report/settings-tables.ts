import {scrubText} from '../../core/secrets.ts';
import type {AgentDefinition, TaskConfig} from '../../core/task-config.ts';
import {valueText} from '../../core/text/value-text.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import type {Factor} from './read/factors.ts';
import type {RecordedCalls} from './read/recorded-calls.ts';
import {formatInteger, truncateList} from '../../core/text/amounts.ts';
import {integer, tabulate, text, type Table} from '../../core/text/table.ts';

const MOST_VALUES = 8;

/** Returns the table of factors. */
export function factorTable(factors: readonly Factor[]): Table {
  return tabulate(
    factors,
    [
      text(
        'parameter',
        ({name}) => name,
        ({sameAs}) => (sameAs.length > 0 ? `together with ${truncateList(sameAs, 4)}` : ''),
      ),
      integer('values', ({levels}) => levels.size),
      text('which', ({levels}) => {
        const named = [...levels].map(([value, tasks]) => `${value} (${formatInteger(tasks)})`);
        return truncateList(named, MOST_VALUES);
      }),
    ],
    {caption: 'Varied parameters', notes: ['In brackets: tasks that have the value.']},
  );
}

/** Returns every model as configs define it and as its servers answered. */
export function modelTable(tasks: readonly KnownTask[], calls: RecordedCalls): Table {
  const models = new Map<string, {name: string; definition: Readonly<Record<string, unknown>>; tasks: number}>();
  for (const {config} of tasks) {
    for (const name of new Set(config.agent_definitions.map(({model}) => model))) {
      const definition = (config.model_definitions[name] ?? {}) as Readonly<Record<string, unknown>>;
      const key = `${name} ${JSON.stringify(definition)}`;
      const known = models.get(key);
      if (known) known.tasks++;
      else models.set(key, {name, definition, tasks: 1});
    }
  }
  return tabulate(
    [...models.values()],
    [
      text('model', ({name}) => name),
      text('backend', ({definition: {backend}}) => (typeof backend === 'string' ? backend : '')),
      text('name', ({definition: {model_name: name, model_path: path}}) => [name, path].find(isText) ?? ''),
      text('served as', ({name}) => {
        const served = [...(calls.models.get(name)?.served ?? [])];
        return served.length > 0 ? truncateList(served, MOST_VALUES) : 'not recorded';
      }),
      text('settings', ({definition: {backend: _backend, model_name: _name, model_path: _path, ...settings}}) =>
        scrubText(flatten(settings).join('; ')),
      ),
      integer('tasks', model => model.tasks),
    ],
    {
      caption: 'Models and servers',
      notes: [
        `Served as: the names that servers gave, in one conversation of each of ${formatInteger(calls.lookedAt)} tasks.`,
      ],
    },
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** `vllm_config.dtype = bfloat16`. Secrets have keys that are not shown. */
function flatten(value: unknown, path = ''): string[] {
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([key, member]) => flatten(member, path === '' ? key : `${path}.${key}`));
  }
  return [`${path} = ${String(value)}`];
}

const SAMPLING = [
  'temperature',
  'max_tokens',
  'top_p',
  'top_k',
  'min_p',
  'presence_penalty',
  'enable_thinking',
] as const;

/** The agents by seat; where tasks differ, all their values. */
export function agentTable(tasks: readonly KnownTask[]): Table {
  const ids = [...new Set(tasks.flatMap(({config}) => config.agent_definitions.map(({agent_id: id}) => id)))];
  const shown = ids.slice(0, 20);
  const listAgentValues = (id: string, read: (agent: AgentDefinition) => unknown): string => {
    const values = new Set<string>();
    for (const {config} of tasks) {
      for (const agent of config.agent_definitions) if (agent.agent_id === id) values.add(describe(read(agent)));
    }
    return truncateList([...values], MOST_VALUES);
  };
  const used = SAMPLING.filter(name =>
    tasks.some(({config}) => config.agent_definitions.some(agent => agent[name] != null)),
  );
  const listValues = (heading: string, read: (agent: AgentDefinition) => unknown) =>
    text(heading, (id: string) => listAgentValues(id, read));
  return tabulate(
    shown,
    [
      text('agent', id => id),
      listValues('role', agent => agent.role),
      listValues('persona', agent => agent.persona),
      listValues('demographics', agent => agent.demographics),
      listValues('presented as human', agent => agent.if_as_human),
      listValues('model', agent => agent.model),
      ...used.map(name => listValues(name, agent => agent[name])),
    ],
    {
      caption: 'Agents',
      notes: ids.length > shown.length ? [`${ids.length - shown.length} more agents are not shown.`] : [],
    },
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? valueText(value) : JSON.stringify(value);
}

const SETTINGS: readonly (readonly [string, (config: Partial<TaskConfig>) => unknown])[] = [
  ['routing', config => config.conversation_config?.routing_strategy],
  ['rounds', config => config.conversation_config?.max_rounds],
  ['order of messages', config => config.conversation_config?.message_order],
  ['stops when all agree', config => config.conversation_config?.early_stop_on_unanimity],
  ['structured output', config => config.conversation_config?.structured_output],
  ['shows personas', config => config.identity_reveal_config?.reveal_persona],
  ['shows demographics', config => config.identity_reveal_config?.reveal_demographics],
  ['shows who is human', config => config.identity_reveal_config?.reveal_presence_mode],
  ['retries', config => config.retry_config?.max_retries],
  ['answer match threshold', config => config.retry_config?.answer_match_threshold],
  ['choices shown as', config => config.prompt_template_config?.for_participant.choice_display_format],
  ['fields of a reply', config => config.prompt_template_config?.for_participant.json_field_order],
  ['compatibility', config => config.compatibility],
];

/** Returns the table of conversation settings. */
export function settingsTable(tasks: readonly KnownTask[]): Table {
  const settings = SETTINGS.map(([name, read]) => {
    const values = new Set(tasks.map(({config}) => read(config)));
    values.delete(undefined);
    return {name, values: [...values]};
  });
  return tabulate(
    settings.filter(({values}) => values.length > 0),
    [text('setting', ({name}) => name), text('value', ({values}) => truncateList(values.map(describe), MOST_VALUES))],
    {caption: 'Conversations'},
  );
}
