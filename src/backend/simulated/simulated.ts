import type {BackendDefinition} from '../backend-definition.ts';
import {OWN_NAMES} from '../request/option-routes.ts';
import {simulatedSchema, type SimulatedModel} from './simulated-schema.ts';

/** The built-in model: deterministic, seeded, needs nothing; everything it makes says `simulated`. */
export const simulated: BackendDefinition<SimulatedModel> = {
  name: 'simulated',
  schema: simulatedSchema,
  defaultLimit: 256,
  essentials: ({backend, model_name, simulated_config: config = {}}) => {
    const {latency_median_ms: _median, latency_sigma: _sigma, ...rest} = config;
    return {backend, model_name, ...rest};
  },
  routes: () => OWN_NAMES,
  create: async (model, options) => (await import('./simulated-backend.ts')).createSimulatedBackend(model, options),
};
