// An evaluator: reads a row's folder, writes one JSON file whose flat `aggregated` map becomes metrics of the row.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

const {values} = parseArgs({
  options: {'run-dir': {type: 'string'}, output: {type: 'string'}, streak: {type: 'boolean', default: false}},
});
const flips = JSON.parse(readFileSync(join(values['run-dir'], 'flips.json'), 'utf8'));
const heads = flips.filter(flip => flip === 'heads').length;
let streak = 0;
let longest = 0;
for (const flip of flips) {
  streak = flip === 'heads' ? streak + 1 : 0;
  longest = Math.max(longest, streak);
}
const aggregated = values.streak ? {longest_streak: longest} : {share_of_heads: heads / flips.length};
writeFileSync(values.output, JSON.stringify({aggregated, summary: {flips: flips.length}}));
