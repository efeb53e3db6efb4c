import {expect, test} from 'vitest';

import type {Results} from '../../src/analyze/score/read-results.ts';
import type {CellResult} from '../../src/analyze/score/cell-result.ts';
import {renderResultsJson} from '../../src/cli/render/render-results.ts';

const about: Omit<Results, 'cells'> = {
  selection: '"cells": []',
  columns: ['task'],
  unit: 'agent',
  tasks: 2,
  missing_tasks: [],
  idle_grids: [],
  transcripts: {read: 2, cached: 0},
  unknown_cells: [],
  problems: [],
  warnings: [],
};

function cellOf(task: string): CellResult {
  return {
    cell: {task},
    benchmark: 'BBQ',
    stratum: 'Age',
    isPart: false,
    round: 'last',
    tasks: 1,
    conversations: 1,
    missing_questions: 0,
    estimates: [],
    metrics: ['s_amb'],
    refused: {},
  };
}

test.for([0, 1, 3])('the pieces of a machine form of %i cells are the text of the whole', count => {
  const cells = Array.from({length: count}, (_, i) => cellOf(`line\n  "${i}"]`));
  const pieces = [...renderResultsJson({...about, cells}, 99)];
  const shown = cells.map(({metrics: _known, isPart: _isPart, ...cell}) => cell);
  const whole = {schema: 'mac.results/1', draws: 99, ...about, cells: shown};
  expect(pieces.join('')).toBe(`${JSON.stringify(whole, null, 2)}\n`);
  expect(pieces).toHaveLength(count + 2);
});
