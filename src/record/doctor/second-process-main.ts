import {CHILD_CHECKS} from './second-process.ts';

const [part = '', folder = ''] = process.argv.slice(2);
// Whoever started us is gone: nobody waits for an end that may never come.
process.stdin.once('end', () => process.kill(process.pid));
process.stdout.write('ready\n');
await new Promise(resolve => process.stdin.once('data', resolve));
const result = await CHILD_CHECKS[part]?.(folder);
process.stdout.write(`${JSON.stringify(result ?? null)}\n`);
process.stdin.destroy();
