import {asList, asMapping, type Mapping} from '../../core/mapping.ts';
import {ROLES} from '../../conversation/roles/registry.ts';
import {checkIdentity} from './identity-rules.ts';
import {describeValue, suggest, type DocumentPath} from '../problem.ts';
import type {Complaint, Report} from '../report.ts';
import {BACKENDS} from '../../backend/backends.ts';

/** The value of a key that the grid should have filled in. */
const PLACEHOLDER = '_';

/**
 * Checks what a schema cannot say: how the parts of a configuration fit together. Looks at what is there, valid or not,
 * so that one run shows everything.
 */
export function checkRules(raw: unknown, report: Report): void {
  const config = asMapping(raw);
  const isReference = config['compatibility'] === 'reference';
  checkNames(asMapping(config['experiment_metadata']), isReference, report);
  checkReveal(asMapping(config['identity_reveal_config']), report);
  if (isReference) checkReferenceOrder(asMapping(config['conversation_config'])['choice_order'], report);
  const agents = asList(config['agent_definitions']).map(asMapping);
  const models = asMapping(config['model_definitions']);
  checkAgents(agents, models, isReference, report);
  checkWaiting(agents, report);
  checkModels(models, agents, report);
}

/** Refuses another order than the file's, in which the older system showed choices. */
function checkReferenceOrder(order: unknown, report: Report): void {
  if (order === undefined || order === null || order === 'fixed' || order === PLACEHOLDER) return;
  report.problem(['conversation_config', 'choice_order'], {
    found: describeValue(order),
    expected: 'fixed under compatibility: reference',
    hint: 'leave choice_order out, or leave compatibility: reference out',
  });
}

/** Names every placeholder that is left. */
export function checkPlaceholders(raw: unknown, report: Report): void {
  for (const path of findPlaceholders(raw, 2)) {
    report.problem(path, {found: 'the placeholder _', expected: 'a value', hint: 'nothing in _grid fills it in'});
  }
}

/** Placeholders of the parts that tasks of a grid share, which are never changed in place. */
const seen = new WeakMap<object, readonly DocumentPath[]>();

/**
 * Finds the placeholders that are left, with their paths from here.
 *
 * @param shared how deep parts are that tasks have from the base config as they are.
 */
function findPlaceholders(value: unknown, shared: number): readonly DocumentPath[] {
  if (value === PLACEHOLDER) return [[]];
  if (value === null || typeof value !== 'object') return NONE;
  const known = seen.get(value);
  if (known) return known;
  let found: DocumentPath[] | undefined;
  for (const [key, member] of Object.entries(value)) {
    const below = findPlaceholders(member, shared - 1);
    if (below.length === 0) continue;
    const step = Array.isArray(value) ? Number(key) : key;
    (found ??= []).push(...below.map(path => [step, ...path]));
  }
  if (shared >= 0) seen.set(value, found ?? NONE);
  return found ?? NONE;
}

const NONE: readonly DocumentPath[] = [];

function checkReveal(reveal: Mapping, report: Report): void {
  const {reveal_persona, reveal_demographics, reveal_presence_mode} = reveal;
  if (reveal_presence_mode === false && (reveal_persona === true || reveal_demographics === true)) {
    report.problem(['identity_reveal_config', 'reveal_presence_mode'], {
      found: 'false with another reveal true',
      expected: 'false for all three, or true',
      hint: 'hidden presence means fully anonymous agents',
    });
  }
}

/** Checks the names after which results and their files are named. */
function checkNames(metadata: Mapping, isReference: boolean, report: Report): void {
  for (const key of ['experiment_name', 'benchmark_subcategory']) {
    const name = metadata[key];
    const complaint = typeof name === 'string' && name !== '' ? findNameProblem(name) : undefined;
    if (complaint) report.problem(['experiment_metadata', key], complaint);
  }
  const file = metadata['questions_file'];
  if (typeof file === 'string' && hasControlCharacter(file)) {
    const complaint = {found: describeValue(file), expected: 'a path without line breaks and other control characters'};
    report.problem(['experiment_metadata', 'questions_file'], complaint);
  }
  const name = metadata['experiment_name'];
  if (isReference && typeof name === 'string' && !/as-(?:human|ai|hybrid|anonymous)/i.test(name)) {
    report.warning(['experiment_metadata', 'experiment_name'], {
      found: describeValue(name),
      expected: 'a name with as-human, as-ai, as-hybrid or as-anonymous',
    });
  }
}

function findNameProblem(name: string): Complaint | undefined {
  const parts = name.split('/');
  if (parts.some(part => part.trim() === '' || part === '.' || part === '..') || hasControlCharacter(name)) {
    const hint = 'not blank, no "..", no leading or doubled "/", no line breaks';
    return {found: describeValue(name), expected: 'a name that can be a folder', hint};
  }
  const longest = Math.max(...parts.map(part => Buffer.byteLength(part)));
  if (longest <= 200) return undefined;
  return {found: `a name of ${longest} bytes`, expected: 'at most 200, since files are named after it'};
}

function hasControlCharacter(text: string): boolean {
  return /[\x00-\x1f\x7f]/.test(text);
}

function checkAgents(agents: readonly Mapping[], models: Mapping, isReference: boolean, report: Report): void {
  const seats = new Map<unknown, number>();
  for (const [i, agent] of agents.entries()) {
    const {agent_id: id, role, model} = agent;
    const path = ['agent_definitions', i];
    checkIdentity(agent, i, report);
    const earlier = seats.get(id);
    if (typeof id === 'string' && earlier !== undefined) {
      report.problem([...path, 'agent_id'], {
        found: describeValue(id),
        expected: `an id that no other agent has (agent ${earlier} has it)`,
      });
    }
    seats.set(id, earlier ?? i);
    // The older system ran agents of any role as participants.
    if (typeof role === 'string' && !isReference) expectKey(role, ROLES, 'one of', [...path, 'role'], report);
    if (typeof model === 'string') {
      expectKey(model, models, 'a key of model_definitions:', [...path, 'model'], report);
    }
  }
}

function expectKey(value: string, known: object, expected: string, path: DocumentPath, report: Report): void {
  const keys = Object.keys(known);
  if (value === '' || keys.includes(value)) return;
  report.problem(path, {
    found: describeValue(value),
    expected: `${expected} ${keys.length > 0 ? keys.join(', ') : '(there is none)'}`,
    hint: suggest(value, keys),
  });
}

/** Reports agents that would never speak: they wait for one who is not there, or in a circle. */
function checkWaiting(agents: readonly Mapping[], report: Report): void {
  const waitsFor = new Map(agents.map(agent => [agent['agent_id'], awaitedAgents(agent)]));
  const names = [...waitsFor.keys()].filter(id => typeof id === 'string').join(', ');
  for (const [i, agent] of agents.entries()) {
    for (const [k, other] of awaitedAgents(agent).entries()) {
      if (other === PLACEHOLDER || typeof other !== 'string' || waitsFor.has(other)) continue;
      const complaint = {found: describeValue(other), expected: `an agent of this config: ${names}`};
      report.problem(['agent_definitions', i, 'role_specific_config', 'speak_after_within_round', k], complaint);
    }
  }
  const stuck = findDeadlocked(waitsFor);
  if (stuck.length === 0) return;
  const seat = agents.findIndex(agent => agent['agent_id'] === stuck[0]);
  report.problem(['agent_definitions', seat, 'role_specific_config', 'speak_after_within_round'], {
    found: `agents that wait for each other (${stuck.map(String).join(', ')})`,
    expected: 'an order in which each can speak',
  });
}

function awaitedAgents(agent: Mapping): readonly unknown[] {
  return asList(asMapping(agent['role_specific_config'])['speak_after_within_round']);
}

/** Returns the agents that never get a turn, because they wait for each other. */
function findDeadlocked(waitsFor: ReadonlyMap<unknown, readonly unknown[]>): unknown[] {
  const free = new Set<unknown>();
  for (let size = -1; size < free.size;) {
    size = free.size;
    for (const [id, others] of waitsFor) {
      if (others.every(other => free.has(other) || !waitsFor.has(other))) free.add(id);
    }
  }
  return [...waitsFor.keys()].filter(id => !free.has(id));
}

function checkModels(models: Mapping, agents: readonly Mapping[], report: Report): void {
  const used = new Set(agents.map(({model}) => model));
  for (const [key, definition] of Object.entries(models)) {
    const path = ['model_definitions', key];
    if (used.has(key)) checkModel(asMapping(definition), path, report);
    else report.warning(path, {found: 'a model that no agent uses', expected: 'an agent that names it'});
  }
}

function checkModel(model: Mapping, path: DocumentPath, report: Report): void {
  const backend = BACKENDS.find(({name}) => name === model['backend']);
  backend?.check?.(model, {
    problem: (below, complaint) => report.problem([...path, ...below], complaint),
    warning: (below, complaint) => report.warning([...path, ...below], complaint),
  });
}
