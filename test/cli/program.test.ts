import {expect, test} from 'vitest';

import {runProgram} from '../../src/cli/program.ts';
import {aCommandIo} from '../support/command-io.ts';

async function mac(...argv: string[]) {
  const {io, written} = aCommandIo('/');
  return {exitCode: await runProgram(argv, io), ...written};
}

test('help lists every command with one line, except the one of job scripts', async () => {
  const {exitCode, stdout} = await mac('--help');
  expect(exitCode).toBe(0);
  const listed = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('help [command]'));
  const lines = listed.trim().split('\n').slice(1);
  expect(lines.length).toBeGreaterThan(15);
  expect(lines.filter(line => !/^ {2}[a-z-]+ +[A-Z].{10,}$/.test(line))).toEqual([]);
  expect(stdout).not.toContain('slurm-element');
});

test('every listed command can describe itself, in sentences that begin with a verb', async () => {
  const {stdout} = await mac('--help');
  const words = [...stdout.matchAll(/^ {2}([a-z-]+) +[A-Z]/gm)].map(([, word = '']) => word);
  for (const word of words) {
    const own = await mac(word, '--help');
    expect(own.exitCode, word).toBe(0);
    expect(own.stdout, word).toMatch(
      new RegExp(
        `^Usage: mac ${word}[^]*\n\n(?:Show|Run|Submit|Print|Cancel|List|Compare|Write|Query|Make|Work|Check|Serve|Measure) `,
      ),
    );
    expect((await mac('help', word)).stdout, word).toBe(own.stdout);
  }
});

test('a misspelt command is refused with a suggestion, a missing argument by its name', async () => {
  expect(await mac('stats')).toMatchObject({exitCode: 2, stderr: expect.stringContaining('Did you mean status?')});
  expect(await mac('data', 'chek')).toMatchObject({exitCode: 2, stderr: expect.stringContaining('check')});
  expect(await mac('submit')).toMatchObject({exitCode: 2, stderr: expect.stringContaining("'config'")});
  expect(await mac()).toMatchObject({exitCode: 2});
});

test('the version needs no command', async () => {
  expect(await mac('--version')).toMatchObject({exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/)});
});
