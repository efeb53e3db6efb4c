import {join} from 'node:path';

import {listFolder} from '../../record/disk/list-folder.ts';
import {removeIfExists, writeFileAtomic} from '../../record/disk/atomic-file.ts';
import {addWhiteBackground, buildSpecification, createPngRenderer, renderSvg} from '../figures/render-figure.ts';
import type {Figure} from '../figures/figure.ts';
import {drawChoiceShares, drawNumericMeans, drawTopTokens, drawWordCounts} from './plot-figures.ts';
import type {RecordsByType} from './probe-records.ts';
import {Groups} from './statistics.ts';

/** Names of the plots that we write; others in the folder are a postprocessor's. */
const OUR_PLOT = /^(?:(?:choice|numeric)_[a-z0-9_]+|freetext_wordcount_over_time|freetext_top_tokens)\.png$/;

/**
 * Draws the answers as PNG files: the share of each choice per episode and the mean of numbers per episode (one file a
 * label), the mean number of words per episode, and the 20 most frequent words. Plots of an earlier evaluation that are
 * not drawn again are removed.
 *
 * @returns their names, in the order in which they were drawn.
 * @throws UserError `cannot-write`.
 */
export async function writePlots(records: RecordsByType, folder: string): Promise<string[]> {
  const figures = listFigures(records);
  if (figures.length > 0) {
    const toPng = await createPngRenderer();
    for (const {name, figure} of figures) {
      const svg = addWhiteBackground(await renderSvg(buildSpecification(figure, 'wide')));
      await writeFileAtomic(join(folder, name), toPng(svg), {durable: false});
    }
  }
  const drawn = new Set(figures.map(({name}) => name));
  for (const name of await listFolder(folder)) {
    if (OUR_PLOT.test(name) && !drawn.has(name)) await removeIfExists(join(folder, name));
  }
  return [...drawn];
}

interface NamedFigure {
  readonly name: string;
  readonly figure: Figure;
}

function listFigures({choice, numeric, freetext}: RecordsByType): NamedFigure[] {
  const texts = freetext.length === 0 ? [] : [drawWordCounts(freetext), drawTopTokens(freetext)];
  const namedTexts = texts.flatMap(figure => (figure ? [{name: `${figure.name}.png`, figure}] : []));
  return [
    ...nameByLabel('choice', choice, drawChoiceShares),
    ...nameByLabel('numeric', numeric, drawNumericMeans),
    ...namedTexts,
  ];
}

/** Draws one figure a label. Labels that make the same file name are numbered. */
function nameByLabel<Answer extends {readonly label: string}>(
  kind: string,
  records: readonly Answer[],
  draw: (label: string, records: readonly Answer[]) => Figure,
): NamedFigure[] {
  const byLabel = new Groups<string, Answer[]>(() => []);
  for (const record of records) byLabel.get(record.label).push(record);
  const taken = new Set<string>();
  return byLabel.entries().map(([label, own]) => {
    const plain = `${kind}_${makeFilePart(label)}`;
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain}_${n}`;
    taken.add(name);
    return {name: `${name}.png`, figure: draw(label, own)};
  });
}

function makeFilePart(label: string): string {
  const plain = label
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
  return plain.replace(/^_|_$/g, '').slice(0, 60) || 'unknown';
}
