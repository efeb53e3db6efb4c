import {sleepUnlessAborted, type Clock} from '../../core/clock.ts';
import {recordedError} from '../../record/task/recorded-errors.ts';
import type {Backend, ChatFailure, ChatOutcome, ChatRequest} from '../backend.ts';
import type {BackendDefinition} from '../backend-definition.ts';
import {OWN_NAMES} from '../request/option-routes.ts';
import {parseRequestId, simulateReply} from './simulated-model.ts';
import type {SimulatedCall} from './simulated-prompt.ts';
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
  create: (model, {clock}) => Promise.resolve(createSimulatedBackend(model, clock)),
};

function createSimulatedBackend(
  {model_name = 'model', simulated_config: config = {}}: SimulatedModel,
  clock: Clock,
): Backend {
  const name = `simulated/${model_name}`;
  const fail = (rest: Pick<ChatFailure, 'reason' | 'retryable'>, message: string): ChatFailure => ({
    kind: 'failure',
    ...rest,
    error: recordedError('APIRequestError', `API request failed${message}`, {model: name}),
  });
  const aborted = fail({reason: 'aborted', retryable: false}, ': aborted');
  return {
    kind: 'simulated',
    async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
      const reply = simulateReply(config, toSimulatedCall(request));
      if (signal.aborted) return aborted;
      if (reply.latencyMs > 0 && !(await sleepUnlessAborted(clock, reply.latencyMs, signal))) return aborted;
      if (reply.kind === 'error') return fail({reason: 'overloaded', retryable: true}, ' (500): simulated failure');
      return {
        ...reply,
        ending: reply.truncated ? 'max-tokens' : 'complete',
        finishReason: reply.truncated ? 'length' : 'stop',
        servedModel: name,
        sent: {...request.sampling},
      };
    },
    check: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
}

function toSimulatedCall({requestId, system, user, sampling, answerSchema, simulation}: ChatRequest): SimulatedCall {
  // The id counts repeated calls too, so that a call that failed may succeed when it is repeated.
  const {agentId, turn} = parseRequestId(requestId);
  return {
    system,
    user,
    maxTokens: sampling.max_tokens,
    seed: simulation ? `${simulation.seed}/${simulation.questionId}` : '',
    agentId: simulation?.agentId ?? agentId,
    turn,
    isShapeEnforced: answerSchema !== undefined,
    correctText: simulation?.correctText ?? null,
    stereotypedText: simulation?.stereotypedText ?? null,
  };
}
