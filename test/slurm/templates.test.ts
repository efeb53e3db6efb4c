import {readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {expect, test} from 'vitest';

const TEMPLATES = resolve(import.meta.dirname, '../../templates');
const SCRIPTS = readdirSync(TEMPLATES).filter(name => name.endsWith('.sbatch.hbs'));

/** Words that a script has for one place only: hosts, accounts, partitions, kinds of GPUs, models, their hubs. */
const SITE_WORDS =
  /\.(?:edu|org|com|gov|net|ac\.\w+)\b|\/(?:home|scratch|project|gpfs|lustre)\b|\b(?:[avh]\d{2,3}|rtx\w*|mi\d{3})\b|llama|qwen|mistral|gemma|gpt-|huggingface/i;

test('templates of job scripts name no site, account, partition or model', () => {
  expect(SCRIPTS).toContain('array.sbatch.hbs');
  for (const name of SCRIPTS) {
    const text = readFileSync(join(TEMPLATES, name), 'utf8');
    expect(text.match(SITE_WORDS), name).toBeNull();
    // What sbatch is asked for comes from the profile, value by value.
    for (const line of text.split('\n').filter(each => each.startsWith('#SBATCH'))) {
      const fixed = line.replaceAll(/\{\{[^}]*\}\}/g, '');
      expect(fixed, name).not.toMatch(/--(?:account|partition|constraint|qos|gres|nodelist|reservation|mail-user)=\S/);
    }
  }
});
