import type {SimulatedModel} from './simulated-schema.ts';
import type {Clock} from '../../core/clock.ts';
import {recordedError} from '../../record/task/recorded-errors.ts';
import type {Backend, ChatFailure, ChatOutcome, ChatRequest} from '../backend.ts';
import {parseRequestId, simulateReply} from './simulated-model.ts';
import type {SimulatedCall} from './simulated-prompt.ts';

/** The built-in model, in this process. Everything it makes says `simulated`. */
export function createSimulatedBackend(model: SimulatedModel, {clock}: {clock: Clock}): Backend {
  const name = `simulated/${model.model_name ?? 'model'}`;
  const config = model.simulated_config ?? {};
  return {
    kind: 'simulated',
    async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
      const reply = simulateReply(config, toSimulatedCall(request));
      if (signal.aborted) return aborted(name);
      try {
        if (reply.latencyMs > 0) await clock.sleep(reply.latencyMs, signal);
      } catch {
        return aborted(name);
      }
      if (reply.kind === 'error') return failed(name);
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

function aborted(model: string): ChatFailure {
  const error = recordedError('APIRequestError', 'API request failed: aborted', {model});
  return {kind: 'failure', reason: 'aborted', retryable: false, error};
}

function failed(model: string): ChatFailure {
  const error = recordedError('APIRequestError', 'API request failed (500): simulated failure', {model});
  return {kind: 'failure', reason: 'overloaded', retryable: true, error};
}
