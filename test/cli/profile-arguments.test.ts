import {Command} from 'commander';
import {expect, test} from 'vitest';

import {addProfileOptions} from '../../src/cli/options/run-options.ts';
import {profileArguments, type ProfileOptions} from '../../src/slurm/profile/profile-flags.ts';

function parse(words: readonly string[]): ProfileOptions {
  const command = addProfileOptions(new Command());
  command.parse(words, {from: 'user'});
  return command.opts();
}

test('profile options as words of a command line mean the same again', () => {
  const options = parse([
    ...['--profile', 'my lab', '--no-requeue', '--cpus-per-task', '8', '--tasks-per-job', 'auto'],
    ...['--modules', 'a,b', '--modules', 'c', '--sbatch-lines=--reservation=x', '--sbatch-lines=-k'],
    ...['--environment', 'A=1=2', '--environment', 'B=', '--container-image', "o'brien.sif"],
    ...['--server-command', '--not a flag\nbut two lines'],
  ]);
  const words = profileArguments(options);
  expect(words).toContain('--environment=A=1=2');
  expect(parse(words)).toEqual(options);
  expect(profileArguments({})).toEqual([]);
});
