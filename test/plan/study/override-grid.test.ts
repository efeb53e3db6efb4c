import {describe, expect, test} from 'vitest';
import {parse} from 'yaml';

import {overrideGrid, type GridChanges} from '../../../src/plan/study/override-grid.ts';

const GRID = `# a grid
_grid:
  sweep:
    agent_definitions.0.persona: [nurse, judge]
conversation_config: {max_rounds: 1} # rounds
agent_definitions:
  - {agent_id: a, persona: _}
  - {agent_id: b, persona: &who doctor, second: *who}
`;

function change(changes: Partial<GridChanges>, text = GRID): {value: any; text: string; problems: readonly string[]} {
  const {config, problems} = overrideGrid({path: 'g.yaml', text, sha256: ''}, {overrides: [], seed: null, ...changes});
  return {value: parse(config.text), text: config.text, problems: problems.map(({found}) => found)};
}

describe('overrides of a grid', () => {
  test('dotted paths reach into mappings and lists, and make what is not there', () => {
    const {value} = change({
      overrides: [
        ['conversation_config.max_rounds', 3],
        ['agent_definitions.1.persona', 'judge'],
        ['+new.part', [1, {a: null}]],
      ],
    });
    expect(value).toMatchObject({
      conversation_config: {max_rounds: 3},
      agent_definitions: [{agent_id: 'a'}, {agent_id: 'b', persona: 'judge', second: 'doctor'}],
      new: {part: [1, {a: null}]},
    });
  });

  test('comments stay where nothing is an alias', () => {
    const {text} = change(
      {overrides: [['conversation_config.max_rounds', 3]]},
      GRID.replace('&who doctor, second: *who', 'doctor'),
    );
    expect(text).toContain('# a grid');
    expect(text).toContain('# rounds');
  });

  test('an axis is overridden as a whole', () => {
    const {value, problems} = change({overrides: [['_grid.sweep.agent_definitions.0.persona', ['nurse']]]});
    expect(problems).toEqual([]);
    expect(value._grid.sweep).toEqual({'agent_definitions.0.persona': ['nurse']});
  });

  test('what the grid sets itself cannot be overridden beneath it', () => {
    expect(change({overrides: [['agent_definitions.0.persona', 'x']]}).problems).toEqual([
      'an override of agent_definitions.0.persona, which the grid itself sets (agent_definitions.0.persona)',
    ]);
    expect(change({overrides: [['agent_definitions', []]]}).problems).toHaveLength(1);
    expect(change({overrides: [['agent_definitions.00', {}]]}).problems).toEqual([]);
  });

  test('the seed goes into the config, unless an override or the grid sets it', () => {
    expect(change({seed: 7}).value.conversation_config.seed).toBe(7);
    expect(change({seed: 7, overrides: [['conversation_config.seed', 9]]}).value.conversation_config.seed).toBe(9);
    const swept = GRID.replace('sweep:', 'sweep:\n    conversation_config.seed: [1, 2]');
    expect(change({seed: 7}, swept).value.conversation_config).toEqual({max_rounds: 1});
  });

  test('without changes a config stays as it is, to the byte', () => {
    expect(change({}).text).toBe(GRID);
  });
});
