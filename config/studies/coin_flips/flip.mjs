// Flips a coin 200 times and writes what came up into the folder of the row. Equal seeds flip equally.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

const {values} = parseArgs({options: {seed: {type: 'string'}, heads: {type: 'string'}, where: {type: 'string'}}});
const folder = process.env.MAC_OUTPUT_DIR;
const flips = Number(process.env.MAC_LIMIT ?? 200);

// A linear congruential generator (Numerical Recipes): enough for a coin.
let state = (Number(values.seed) * 2654435761 + values.where.length) >>> 0;
const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;

mkdirSync(folder, {recursive: true});
writeFileSync(
  join(folder, 'flips.json'),
  JSON.stringify(Array.from({length: flips}, () => (next() < Number(values.heads) ? 'heads' : 'tails'))),
);
console.log(`Output directory: ${folder}`);
