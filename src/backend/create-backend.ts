import type {ModelDefinition} from '../core/task-config.ts';
import type {Backend, BackendOptions} from './backend.ts';

/**
 * Makes the backend of a model. Each kind's module is loaded only when it is used: client packages start slowly.
 *
 * @throws UserError when the definition lacks a key, an address or a name.
 */
export async function createBackend(model: ModelDefinition, options: BackendOptions): Promise<Backend> {
  switch (model.backend) {
    case 'openai':
      return (await import('./openai/openai.ts')).createOpenAiBackend(model, options);
    case 'vllm':
      return (await import('./vllm/vllm.ts')).createVllmBackend(model, options);
    case 'ollama':
      return new (await import('./ollama/ollama.ts')).OllamaBackend(model, options);
    case 'anthropic':
      return new (await import('./anthropic/anthropic.ts')).AnthropicBackend(model, options);
    case 'simulated':
      return (await import('./simulated/simulated.ts')).createSimulatedBackend(model, options);
  }
}
