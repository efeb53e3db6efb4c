import {scrubText} from '../../core/secrets.ts';
import type {AgentDefinition, TaskConfig} from '../../core/task-config.ts';
import {valueText} from '../../core/text/value-text.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';
import type {Factor} from './read/factors.ts';
import type {RecordedCalls} from './read/recorded-calls.ts';
import {formatInteger, truncateList} from '../../core/text/amounts.ts';
import {numberCell, headerCell, heads, textCell, type TableView} from './table.ts';

const MOST_VALUES = 8;

/** Returns the table of factors. */
export function factorTable(factors: readonly Factor[]): TableView {
  return {
    caption: 'Varied parameters',
    head: heads(['parameter', 'values', 'which'], new Set(['values'])),
    rows: factors.map(({name, sameAs, levels}) => [
      {...headerCell(name), detail: sameAs.length > 0 ? `together with ${truncateList(sameAs, 4)}` : ''},
      numberCell(formatInteger(levels.size)),
      textCell(
        truncateList(
          [...levels].map(([value, tasks]) => `${value} (${formatInteger(tasks)})`),
          MOST_VALUES,
        ),
      ),
    ]),
    notes: ['In brackets: tasks that have the value.'],
  };
}

/** Returns every model as configs define it and as its servers answered. */
export function modelTable(tasks: readonly KnownTask[], calls: RecordedCalls): TableView {
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
  return {
    caption: 'Models and servers',
    head: heads(['model', 'backend', 'name', 'served as', 'settings', 'tasks'], new Set(['tasks'])),
    rows: [...models.values()].map(({name, definition, tasks: used}) => {
      const {backend, model_name: modelName, model_path: path, ...settings} = definition;
      const called = [modelName, path].find(value => typeof value === 'string');
      const served = [...(calls.models.get(name)?.served ?? [])];
      return [
        headerCell(name),
        textCell(typeof backend === 'string' ? backend : ''),
        textCell(typeof called === 'string' ? called : ''),
        textCell(served.length > 0 ? truncateList(served, MOST_VALUES) : 'not recorded'),
        textCell(scrubText(flatten(settings).join('; '))),
        numberCell(formatInteger(used)),
      ];
    }),
    notes: [
      `Served as: the names that servers gave, in one conversation of each of ${formatInteger(calls.lookedAt)} tasks.`,
    ],
  };
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
export function agentTable(tasks: readonly KnownTask[]): TableView {
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
  return {
    caption: 'Agents',
    head: heads(['agent', 'role', 'persona', 'demographics', 'presented as human', 'model', ...used]),
    rows: shown.map(id => [
      headerCell(id),
      textCell(listAgentValues(id, agent => agent.role)),
      textCell(listAgentValues(id, agent => agent.persona)),
      textCell(listAgentValues(id, agent => agent.demographics)),
      textCell(listAgentValues(id, agent => agent.if_as_human)),
      textCell(listAgentValues(id, agent => agent.model)),
      ...used.map(name => textCell(listAgentValues(id, agent => agent[name]))),
    ]),
    notes: ids.length > shown.length ? [`${ids.length - shown.length} more agents are not shown.`] : [],
  };
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
export function settingsTable(tasks: readonly KnownTask[]): TableView {
  return {
    caption: 'Conversations',
    head: heads(['setting', 'value']),
    rows: SETTINGS.flatMap(([name, read]) => {
      const values = new Set(tasks.map(({config}) => read(config)));
      values.delete(undefined);
      return values.size === 0
        ? []
        : [[headerCell(name), textCell(truncateList([...values].map(describe), MOST_VALUES))]];
    }),
    notes: [],
  };
}
