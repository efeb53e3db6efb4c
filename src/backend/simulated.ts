import type {Clock} from '../core/clock.ts';
import type {SimulatedModel} from '../core/task-config.ts';
import {recordedError} from '../record/recorded-errors.ts';
import type {Backend, ChatOutcome, ChatRequest} from './backend.ts';
import {simulateReply} from './simulated-model.ts';

/** The built-in model, in this process. */
export function createSimulatedBackend(model: SimulatedModel, {clock}: {clock: Clock}): Backend {
  const name = `simulated/${model.model_name ?? 'model'}`;
  const config = model.simulated_config ?? {};
  return {
    kind: 'simulated',
    async complete(request: ChatRequest, signal: AbortSignal): Promise<ChatOutcome> {
      const {sampling, simulation} = request;
      const reply = simulateReply(config, {
        system: request.system,
        user: request.user,
        maxTokens: sampling.max_tokens,
        seed: simulation
          ? `${simulation.seed}/${simulation.questionId}/${simulation.agentId}/${simulation.round}/${simulation.attempt}`
          : '',
        correctText: simulation?.correctText ?? null,
        stereotypedText: simulation?.stereotypedText ?? null,
      });
      try {
        if (reply.latencyMs > 0) await clock.sleep(reply.latencyMs, signal);
      } catch {
        return failure('aborted', false, name);
      }
      if (reply.kind === 'error') return failure('overloaded', true, name);
      return {
        kind: 'reply',
        text: reply.text,
        finishReason: reply.truncated ? 'length' : 'stop',
        truncated: reply.truncated,
        promptTokens: reply.promptTokens,
        responseTokens: reply.responseTokens,
        latencyMs: reply.latencyMs,
        servedModel: name,
        sent: {...sampling},
      };
    },
    check: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
}

function failure(reason: 'aborted' | 'overloaded', retryable: boolean, model: string): ChatOutcome {
  const message = reason === 'aborted' ? 'API request failed: aborted' : 'API request failed (500): simulated failure';
  return {kind: 'failure', reason, retryable, error: recordedError('APIRequestError', message, {model})};
}
