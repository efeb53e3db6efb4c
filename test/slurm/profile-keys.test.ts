import {describe, expect, it} from 'vitest';

import {listKeys, profileKeyTable, PROFILE_KEYS, type ProfileKeys} from '../../src/slurm/profile/profile-keys.ts';
import {profileFlags} from '../../src/slurm/profile/profile-flags.ts';
import {createProfileSchema} from '../../src/slurm/profile/profile-schema.ts';
import {describeReservedOption, profileDirectives} from '../../src/slurm/profile/sbatch-options.ts';
import {renderAfterAllScript, renderArrayScript} from '../../src/slurm/submit/render-script.ts';
import {aProfile, jobFacts} from './a-profile.ts';

const REASON = 'reservation whose nodes jobs may use';
const keys: ProfileKeys = {
  ...PROFILE_KEYS,
  reservation: {kind: 'text', value: 'name', about: REASON, directive: true},
  server_nice: {kind: 'number', about: 'niceness of model servers', type: t => t.count, default: 5, server: true},
};

describe('a key that is declared once', () => {
  it('is in the schema, with its type', () => {
    const accepts = (value: unknown): boolean => createProfileSchema(keys).safeParse(value).success;
    expect(accepts({reservation: 'spring', server_nice: 0})).toBe(true);
    expect(accepts({reservation: 'two\nlines'})).toBe(false);
    expect(accepts({server_nice: -1})).toBe(false);
    expect(createProfileSchema().safeParse({reservation: 'spring'}).success).toBe(false);
  });

  it('has a flag', () => {
    const flags = profileFlags(keys);
    expect(flags.find(({name}) => name === 'reservation')).toMatchObject({value: 'name', about: REASON});
    expect(flags.find(({name}) => name === 'server-nice')).toMatchObject({
      about: 'niceness of model servers; default 5',
      isOfServer: true,
    });
  });

  it('becomes its #SBATCH line, which sbatch_lines may not hold then', () => {
    expect(profileDirectives({reservation: 'spring', server_nice: 1}, keys)).toEqual(
      new Map([['reservation', '--reservation=spring']]),
    );
    expect(describeReservedOption('--reservation=x')).toBeUndefined();
    expect(describeReservedOption('--reservation=x', keys)).toContain('use the key reservation');
    const lines = {sbatch_lines: ['--reservation=x']};
    expect(createProfileSchema(keys).safeParse(lines).success).toBe(false);
    expect(createProfileSchema().safeParse(lines).success).toBe(true);
  });

  it('has its row in the docs', () => {
    expect(profileKeyTable(keys)).toContain('| `server_nice` | niceness of model servers; default 5 |\n');
  });
});

it('every default is valid', () => {
  const check = (declared: ProfileKeys, lift: (value: Record<string, unknown>) => unknown): void => {
    for (const [key, {default: standard, parts}] of listKeys(declared)) {
      if (parts) check(parts, value => ({[key]: {image: 'x.sif', ...value}}));
      if (standard === undefined) continue;
      expect(createProfileSchema().safeParse(lift({[key]: standard})).error, key).toBeUndefined();
    }
  };
  check(PROFILE_KEYS, value => value);
});

it('every option of a script belongs to mac or to a key, long and short, so that no other line repeats it', async () => {
  const profile = await aProfile({
    ...{partition: 'p', account: 'a', qos: 'q', constraint: 'c', time: '90', mem: '4G', cpus_per_task: 2},
    ...{exclude: ['n1', 'n2'], mail_user: 'ada', mail_type: 'END', requeue: false},
  });
  const array = {index: 0, name: 'n', spec: '0-3', throttle: 2, gpus: 1};
  const scripts = [
    renderArrayScript(array, profile, jobFacts()),
    renderArrayScript(array, {...profile, gpu_request: 'gpus_per_node'}, jobFacts()),
    renderAfterAllScript('mac results', profile, jobFacts()),
  ];
  const options = scripts.flatMap(text => [...text.matchAll(/^#SBATCH (--[a-z-]+)/gm)].map(([, option]) => option!));
  expect(new Set(options).size).toBe(22);
  for (const option of options) expect(describeReservedOption(option), option).toBeDefined();
  for (const short of 'aoeJGNnDdWHpAqCtcx') expect(describeReservedOption(`-${short} x`), short).toBeDefined();
  expect(describeReservedOption('-k')).toBeUndefined();
});
