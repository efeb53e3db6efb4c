import {PARTS} from './second-process.ts';

const [part = '', folder = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
await new Promise(resolve => process.stdin.once('data', resolve));
const result = await PARTS[part]?.(folder);
process.stdout.write(`${JSON.stringify(result ?? null)}\n`);
process.stdin.destroy();
