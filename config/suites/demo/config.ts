import {defineConfig, z} from 'mac/suite';

/** Fields of every case; `seed` (42) comes with them. */
export const Config = defineConfig('demo', {
  model: z.enum(['small', 'large']).default('small').describe('whose answers are simulated'),
  setting: z.enum(['full', 'none']).default('full').describe('context that the model is given'),
  numSamples: z.int().min(1).default(200).describe('questions that are asked'),
});
