import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';

const TEMPLATES = join(import.meta.dirname, '../../templates');
const scripts = readdirSync(TEMPLATES).filter(name => name.endsWith('.sbatch.hbs'));

test.each(scripts)('%s names no site: no partition, account, mail address, folder or module of its own', name => {
  const text = readFileSync(join(TEMPLATES, name), 'utf8');
  const written = text.replaceAll(/\{\{[^}]*\}\}/g, '');
  expect(written).not.toMatch(/--(?:partition|account|qos|constraint|mail-user)[= ]\S/);
  expect(written).not.toMatch(
    /\bmodule load \S|\bconda activate \S|(?:^|[\s"'=])\/(?:home|scratch|project|work|data)\b/m,
  );
  expect(written).not.toMatch(/\S@\S+\.\S/);
});
