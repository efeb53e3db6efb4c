import type {VllmModel} from './vllm-schema.ts';
import {UserError} from '../../core/errors.ts';
import {recordedError} from '../../record/task/recorded-errors.ts';
import {readApiKey} from '../http/api-key.ts';
import type {BackendOptions, ChatFailure, ChatRequest} from '../backend.ts';
import type {BodyBuilder} from '../request/shape-request.ts';
import {OpenAiCompatibleBackend} from '../openai/openai-compatible.ts';
import {parseServerLoad} from '../server/server-metrics.ts';
import {vllmServeCommand} from './vllm-flags.ts';

const DEFAULT_TIMEOUT_S = 600;

/**
 * @throws UserError `server-address-missing`: without an address somebody has to start the server; `api-key-invalid`,
 * `proxy-invalid`.
 */
export function createVllmBackend(
  model: VllmModel,
  options: BackendOptions,
  build: BodyBuilder,
): OpenAiCompatibleBackend {
  const {api_config: api = {}} = model;
  const startHint = vllmServeCommand(model);
  if (api.base_url === undefined) {
    throw new UserError('server-address-missing', `${model.model_path}: no api_config.base_url`, {
      hint: `start a server (${startHint}) and set api_config.base_url: http://127.0.0.1:8000/v1; or let mac start one, here with mac run --profile NAME or --server-command, in a Slurm job with mac submit`,
    });
  }
  const dialect = {
    model,
    name: model.model_name ?? model.model_path,
    baseUrl: api.base_url,
    apiKey: readApiKey(api.api_key_env ?? 'VLLM_API_KEY', api.base_url, options.env),
    timeoutMs: (api.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000,
    startHint,
    listsAll: true,
    healthPath: 'health',
    nameError: nameVllmError,
    load: (metrics: string, maxModelLen: number | undefined) =>
      parseServerLoad(metrics, maxModelLen ?? model.vllm_config?.max_model_len),
  };
  return new OpenAiCompatibleBackend(dialect, options, build);
}

/** Errors of vLLM's engine have in records the names that they had when the engine was a library. */
function nameVllmError(failure: ChatFailure, request: ChatRequest): ChatFailure {
  const batch = {batch_size: 1, request_ids: [request.requestId]};
  const {status_code: status, original_error: text} = failure.error.details;
  const [, said = ''] = /^the answer holds no message(.*)/s.exec(String(text)) ?? [];
  if (failure.reason === 'nonsense' && said !== '') {
    const words = request.reference ? '' : said;
    return {...failure, error: recordedError('VLLMBatchError', `No output received from engine${words}`, batch)};
  }
  if (typeof status !== 'number' || status < 500) return failure;
  if (/out of memory/i.test(String(text))) {
    const {max_tokens} = request.sampling;
    const message = `GPU OOM during inference. max_tokens=${max_tokens}, batch_size=1`;
    return {...failure, error: recordedError('VLLMOOMError', message, {max_tokens, batch_size: 1})};
  }
  return {
    ...failure,
    error: recordedError('VLLMBatchError', `Generation failed: ${String(text)}`, {
      ...batch,
      original_error: text,
      original_error_type: 'RuntimeError',
    }),
  };
}
