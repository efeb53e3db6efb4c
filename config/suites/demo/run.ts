import {defineEntry} from 'mac/suite';

import {Config} from './config.ts';

/** Chance of a right answer; a real entry would ask a model. */
const SKILL = {small: {full: 0.7, none: 0.5}, large: {full: 0.9, none: 0.6}};

await defineEntry(Config, ({model, setting, numSamples}, ctx) => {
  // Started by hand in a folder that has its results: nothing is left to do.
  if (ctx.skipIfDone('results.json')) return;
  let right = 0;
  for (let i = 0; i < numSamples; i++) if (ctx.rng() < SKILL[model][setting]) right++;
  console.log(`${right} of ${numSamples} right`);
  ctx.writeResult({accuracy: right / numSamples});
});
