import type {Trial} from '../../src/core/trial.ts';

/** Returns a trial of one command; a test says only what differs. */
export function aTrial(parts: Partial<Trial> & Pick<Trial, 'id'>): Trial {
  return {
    labels: {},
    seed: null,
    config: {},
    runner: {kind: 'command', argv: ['true'], output: 'planned'},
    evaluators: [],
    output_dir: `runs/${parts.id}`,
    cwd: '.',
    environment: {},
    timeout_seconds: null,
    resources: {gpus: 0},
    code: null,
    details: {},
    ...parts,
  };
}
