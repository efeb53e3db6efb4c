import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';

import type {VllmModel} from '../../../src/backend/vllm/vllm-schema.ts';
import {serverLaunch, unknownVllmKeys, type LaunchOptions} from '../../../src/execute/model-server/server-launch.ts';
import {serverSpecs, type ServerHooks} from '../../../src/execute/model-server/server-spec.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

const FULL: VllmModel = {
  backend: 'vllm',
  model_path: '/models/my model',
  model_name: 'llama',
  vllm_config: {
    tensor_parallel_size: 2,
    data_parallel_size: 2,
    gpu_memory_utilization: 0.8,
    max_model_len: 2048,
    dtype: 'bfloat16',
    max_num_seqs_upper_bound: 64,
    enable_prefix_caching: false,
    swap_space: 4,
    enforce_eager: true,
    quantization: 'fp8',
    attention_backend: 'FLASH_ATTN',
  },
};

function launchOptions(hooks: Partial<ServerHooks>, change: Partial<LaunchOptions> = {}): LaunchOptions {
  const [spec] = serverSpecs([FULL]);
  return {
    spec: spec!,
    hooks: {readyUrl: '', readyTimeoutMs: 1, restarts: 0, hangMs: 1, ...hooks},
    port: 23456,
    token: 't.',
    nonce: 'mac-1',
    gpus: {CUDA_VISIBLE_DEVICES: '4,5,6,7'},
    logFolder: '/l',
    scratch: '/s',
    env: {PATH: process.env['PATH'], VLLM_API_KEY: 'secret'},
    unknownToVllm: new Set(),
    ...change,
  };
}

/** Runs a launch with a `program` that prints its arguments, one a line. */
function argumentsSeen(program: string, options: LaunchOptions): string[] {
  const folder = join(temporaryFolder('mac-launch-'), 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, program), `#!/bin/bash\nprintf '%s\\n' "$@"\n`);
  chmodSync(join(folder, program), 0o755);
  const {argv, env} = serverLaunch(options);
  const [file, ...args] = argv;
  const path = `${folder}:${env['PATH']}`;
  return execFileSync(file, args, {env: {...env, PATH: path}, encoding: 'utf8'})
    .trimEnd()
    .split('\n');
}

describe('the built-in command', () => {
  const VLLM =
    '/models/my model|--seed|1541101796|--served-model-name|llama|mac-1|--tensor-parallel-size|2|--gpu-memory-utilization|0.8|--max-model-len|2048|--dtype|bfloat16|--max-num-seqs|64|--data-parallel-size|2|--no-enable-prefix-caching|--enforce-eager|--quantization|fp8|--attention-backend|FLASH_ATTN|--generation-config|vllm|--host|127.0.0.1|--port|23456';

  test('maps every key of vllm_config', () => {
    expect(argumentsSeen('vllm', launchOptions({})).join('|')).toBe(`serve|${VLLM}`);
  });

  test('runs after the setup command, in its shell', () => {
    const options = launchOptions({setupCommand: 'vllm() { echo "not this"; }\nexport A=1'});
    expect(argumentsSeen('vllm', options)[0]).toBe('serve');
  });

  test('runs in the container, with its folders and GPUs', () => {
    const container = {runtime: 'apptainer' as const, image: '/i m.sif', binds: ['/data:/d'], args: ['--no-home']};
    const seen = argumentsSeen('apptainer', launchOptions({container}));
    expect(seen.join('|')).toBe(`exec|--nv|--bind|/data:/d|--no-home|/i m.sif|vllm|serve|${VLLM}`);
    const {env, argv} = serverLaunch(launchOptions({container}));
    expect(env).toMatchObject({
      APPTAINERENV_CUDA_VISIBLE_DEVICES: '4,5,6,7',
      SINGULARITYENV_MAC_PROCESS_TREE: 't.',
      APPTAINERENV_VLLM_API_KEY: 'secret',
    });
    expect(argv.join(' ')).not.toContain('secret');
  });

  test('leaves out what the installed version does not know, if there is another way', () => {
    const log =
      'usage: vllm serve\nvllm: error: unrecognized arguments: --attention-backend FLASH_ATTN --no-enable-prefix-caching';
    expect(unknownVllmKeys(log)).toEqual(['attention_backend', 'enable_prefix_caching']);
    expect(unknownVllmKeys('all is well')).toEqual([]);
    const options = launchOptions({}, {unknownToVllm: new Set(['attention_backend'])});
    expect(argumentsSeen('vllm', options)).not.toContain('--attention-backend');
    expect(serverLaunch(options).env['VLLM_ATTENTION_BACKEND']).toBe('FLASH_ATTN');
  });
});
