import {expect, test} from 'vitest';

import {
  cellLabel,
  fewestColumns,
  shortCellLabel,
  distinguishingColumns,
  sortForReading,
} from '../../../src/analyze/figures/cell-labels.ts';
import type {Figure} from '../../../src/analyze/figures/figure.ts';
import {heatMapFactors, personaHeatMap, explainNoHeatMap} from '../../../src/analyze/figures/heat-map.ts';
import {renderSvg, buildSpecification} from '../../../src/analyze/figures/render-figure.ts';
import {MOST_ROWS, scoresByCell} from '../../../src/analyze/figures/scores-by-cell.ts';
import {shortLabel} from '../../../src/analyze/figures/theme.ts';
import {throughputOverTime} from '../../../src/analyze/figures/throughput.ts';
import type {CellResult} from '../../../src/analyze/score/cell-result.ts';
import {aQuestion} from '../a-question.ts';
import {score, singleAnswers} from '../score.ts';

const {estimates} = score(singleAnswers([0, 1, 2].map(i => [aQuestion(`q${i}`), i === 0 ? 'B' : 'A'] as const)));

function cellOf(cell: Record<string, string>, stratum = 'T'): CellResult {
  const rest = {round: 'last', tasks: 1, conversations: 3, missing_questions: 0, refused: {}, metrics: []} as const;
  return {cell, stratum, isPart: false, benchmark: 'other', estimates, ...rest};
}

const P = 'agent_definitions.0.persona';
const D = 'agent_definitions.0.demographics';

test('cells are shown by part, absent values first, numbers by size', () => {
  const cells = ['judge', 'null', '10', '9', 'doctor'].map(persona => cellOf({[P]: persona}));
  expect(sortForReading(cells, [P]).map(({cell}) => cell[P])).toEqual(['null', '9', '10', 'doctor', 'judge']);
});

test('labels name what tells cells apart in few words, and lose their middle where they are long', async () => {
  const cells = ['judge', 'null'].flatMap(persona =>
    ['true', 'false'].map(human =>
      cellOf({
        [P]: persona,
        'agent_definitions.1.persona': persona,
        'agent_definitions.0.if_as_human': human,
        experiment: `identity_revealed_in_every_round_${human}`,
      }),
    ),
  );
  const columns = Object.keys(cells[0]!.cell);
  const telling = distinguishingColumns(columns, cells);
  expect(telling).not.toContain('agent_definitions.1.persona');
  const labels = cells.map(cell => cellLabel(cell, fewestColumns(telling, cells)));
  expect(labels).toEqual(['judge · human', 'judge · AI', 'none · human', 'none · AI']);
  expect(shortLabel('abcdefghijklmnop', 10)).toBe('abcdef…nop');
  expect(shortCellLabel(cells[0]!, [P, 'experiment'], 20)).toBe('judge · identity…rue');
  const svg = await renderSvg(scoresByCell('other', [{of: 'cell', columns, cells}])!.draw('wide'));
  for (const label of labels) expect(svg).toContain(label);
});

test('too many cells are drawn in less detail, and it is said', () => {
  const many = Array.from({length: MOST_ROWS + 1}, (_, i) => cellOf({task: `t${i}`}));
  const few = [cellOf({[P]: 'judge'}), cellOf({[P]: 'nurse'})];
  const views = [
    {of: 'cell', columns: ['task'], cells: many},
    {of: 'value of 0.persona', columns: [P], cells: few},
  ];
  const figure = scoresByCell('other', views)!;
  expect(figure.rows.map(([, cell]) => cell)).toEqual(['judge', 'nurse']);
  expect(figure.description).toContain('too many cells');
  expect(scoresByCell('other', [{of: 'cell', columns: ['task'], cells: few}])!.description).not.toContain('too many');
});

test('a map needs persona and demographics of one agent', () => {
  expect(heatMapFactors([P, D])).toEqual({persona: P, demographics: D});
  expect(heatMapFactors([P, 'agent_definitions.1.demographics'])).toBeUndefined();
  expect(explainNoHeatMap([P, 'agent_definitions.1.demographics'])).toContain('not of the same agent');
  expect(explainNoHeatMap([P])).toBe('the persona varies, the demographics do not');
});

test('throughput counts every conversation once, in bins that people can read', () => {
  const times = Array.from({length: 500}, (_, i) => 1_700_000_000_000 + i * 977);
  const figure = throughputOverTime(times)!;
  expect(figure.rows.reduce((sum, row) => sum + Number(row[2]), 0)).toBe(500);
  expect(figure.rows.length).toBeLessThanOrEqual(60);
  expect(figure.rows[0]![1]).toBe(10);
  expect(throughputOverTime([1])).toBeUndefined();
});

test('the same figure gives the same bytes, and what users wrote stays text', async () => {
  const hostile = '<script>alert(1)</script> & "x"';
  const cells = ['null', hostile].flatMap(persona =>
    ['null', 'older'].map(demographics => cellOf({[P]: persona, [D]: demographics})),
  );
  const figures: Figure[] = [
    scoresByCell('other', [{of: 'cell', columns: [P, D], cells}])!,
    personaHeatMap('other', cells, {persona: P, demographics: D})!,
  ];
  const busy = Array.from({length: 20_000}, (_, i) => 1_700_000_000_000 + i / 10);
  const rates = await renderSvg(buildSpecification(throughputOverTime(busy)!, 'narrow'));
  expect(Number(/width="([\d.]+)"/.exec(rates)![1])).toBeLessThanOrEqual(308);
  for (const figure of figures) {
    for (const arrangement of ['wide', 'narrow'] as const) {
      const svg = await renderSvg(buildSpecification(figure, arrangement));
      expect(svg).toBe(await renderSvg(buildSpecification(figure, arrangement)));
      expect(svg).not.toContain('<script');
      expect(svg).toContain('&lt;script');
      expect(Number(/width="([\d.]+)"/.exec(svg)![1])).toBeLessThanOrEqual(arrangement === 'narrow' ? 308 : 720);
    }
  }
});
