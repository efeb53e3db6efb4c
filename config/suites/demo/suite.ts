import {crossCases, defineSuite} from 'mac/suite';

import {Config} from './config.ts';

const base = Config.create();

export default defineSuite({
  name: 'demo',
  entry: './run.ts',
  config: Config,
  cases: crossCases({model: ['small', 'large'], setting: ['full', 'none']}, ({model, setting}) => ({
    variant: `${model}_${setting}`,
    config: Config.copyWith(base, {model, setting}),
  })),
});
