import {expect, test} from 'vitest';

import type {DocumentPath} from '../../src/config/problem.ts';
import {parseYaml} from '../../src/config/yaml/yaml.ts';
import {sha256} from '../../src/core/seeds/hash.ts';
import {groupTasks} from '../../src/plan/groups.ts';
import {summarisePlan} from '../../src/plan/summary.ts';
import {compileAndCheck} from '../../src/plan/compile.ts';
import type {CheckedPlan} from '../../src/plan/checked-plan.ts';
import type {ConversationFrontEnd} from '../../src/plan/front-end.ts';
import {FRONT_ENDS, parseConfig} from '../../src/plan/front-ends.ts';
import {aConfig} from '../config/a-config.ts';
import {NamedFiles} from './a-plan.ts';

type Sections = Readonly<Record<string, unknown>>;

/** A `_list` of configs, each a task: sections that an entry has replace those of the base config. */
const listFrontEnd: ConversationFrontEnd = {
  makes: 'conversations',
  name: 'list',
  accepts: ({text}) => /^"?_list"?:/m.test(text),
  parse: ({path, text}) => parseYaml(text, path),
  expand: ({value}) => {
    const {_list: list, ...base} = value as {_list: {readonly name: string; readonly sections: Sections}[]};
    const paths = [...new Set(list.flatMap(({sections}) => Object.keys(sections)))];
    const findPlace = (digit: number, path: string): DocumentPath => ['_list', digit, 'sections', path];
    const axis = {
      kind: 'list',
      name: 'entry',
      paths,
      values: list.map(({name}) => name),
      place: ['_list'],
      title: 'an entry of _list',
      labels: () => list.map(({name}) => name),
      written: (digit: number, path: string) => list[digit]?.sections[path],
      findPlace,
    };
    return {
      axes: [axis],
      derived: [],
      warnings: [],
      isReference: false,
      configAt: index => ({...base, ...list[index]?.sections}),
    };
  },
  baseConfig: ({value}) => ({config: value, written: []}),
};

async function check(...entries: readonly {name: string; sections: Sections}[]): Promise<CheckedPlan> {
  const lines = Object.entries({_list: entries, ...aConfig()}).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}`,
  );
  const text = `${lines.join('\n')}\n`;
  const config = parseConfig({path: 'l.yaml', text, sha256: sha256(text)}, 'config', [listFrontEnd, ...FRONT_ENDS]);
  return await compileAndCheck(config, new NamedFiles(), {name: 'l.yaml', submittedAtMs: 0, repetition: 1});
}

const rounds = (max_rounds: unknown): Sections => ({
  conversation_config: {...(aConfig()['conversation_config'] as object), max_rounds},
});

test('a text that another front-end accepts becomes a plan whose tasks can run', async () => {
  const {plan, problems} = await check({name: 'short', sections: rounds(1)}, {name: 'long', sections: rounds(3)});
  expect(problems).toEqual([]);
  expect([plan.frontend, plan.size, plan.axes.map(({labels}) => labels())]).toEqual(['list', 2, [['short', 'long']]]);
  const tasks = [plan.taskAt(0), plan.taskAt(1)];
  expect(tasks.map(({config}) => config.conversation_config.max_rounds)).toEqual([1, 3]);
  expect(tasks.map(({sweepSpecs}) => sweepSpecs)).toEqual([{entry: 'short'}, {entry: 'long'}]);
  expect(new Set(tasks.map(({key}) => key)).size).toBe(2);
});

test('what is counted and grouped before a run follows its axes', async () => {
  const {plan} = await check({name: 'short', sections: rounds(1)}, {name: 'long', sections: rounds(3)});
  const agents = plan.configAt(0).agent_definitions.length;
  expect(summarisePlan(plan, {questionCount: () => 10})).toMatchObject({tasks: 2, requests: 10 * (1 + 3) * agents});
  expect(groupTasks(plan)).toMatchObject([{gpus: 0, tasks: 2}]);
});

test('its problems have the place that it gives', async () => {
  const {problems, invalidTasks} = await check({name: 'a', sections: rounds(0)}, {name: 'b', sections: rounds(2)});
  expect(invalidTasks).toEqual([0]);
  expect(problems).toMatchObject([
    {problem: {path: ['conversation_config', 'max_rounds'], found: '0', position: {line: 1}}, tasks: 1},
  ]);
  expect(problems[0]?.problem.hint).toContain('an entry of _list');
});

test('equal tasks are found by its labels', async () => {
  const {problems} = await check({name: 'a', sections: rounds(2)}, {name: 'b', sections: rounds(2)});
  expect(problems.map(({problem}) => [problem.path, problem.found])).toEqual([
    [['_list'], 'tasks 0 and 1, which would give the same results (entry: a and b)'],
  ]);
});

test('a config that it does not accept is still a grid', () => {
  const text = JSON.stringify(aConfig());
  const config = {path: 'c.yaml', text, sha256: sha256(text)};
  expect(parseConfig(config, 'config', [listFrontEnd, ...FRONT_ENDS]).frontEnd.name).toBe('grid');
});
