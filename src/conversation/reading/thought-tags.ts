import type {ThoughtTag} from '../../core/task-config.ts';

/**
 * Tags in which model families put their thoughts. A server with a reasoning parser takes them out; without one they
 * come with the answer. Sources: the chat templates of the models and the reasoning parsers of vLLM and SGLang,
 * November 2026. Channels of gpt-oss and the like are in `channels.ts`. A config adds its own with
 * `model_definitions.NAME.thought_tags`.
 */
export const THOUGHT_TAGS: readonly (ThoughtTag & {readonly models: string})[] = [
  {
    models:
      'DeepSeek R1, V3.1 and later, Qwen3, QwQ, GLM 4.5 and later, MiniMax M1 and M2, Kimi K2, Hunyuan, ERNIE 4.5, Step 3, Nemotron, OLMo 3, Phi 4',
    open: '<think>',
    close: '</think>',
  },
  {models: 'Magistral, Ministral 3, Mistral Small 4', open: '[THINK]', close: '[/THINK]'},
  {models: 'Seed-OSS', open: '<seed:think>', close: '</seed:think>'},
  {models: 'MiniMax M3', open: '<mm:think>', close: '</mm:think>'},
  {models: 'LongCat', open: '<longcat_think>', close: '</longcat_think>'},
  {models: 'Command A Reasoning', open: '<|START_THINKING|>', close: '<|END_THINKING|>'},
  {models: 'Kimi VL, Kimi 1.5', open: '◁think▷', close: '◁/think▷'},
  {models: 'Kimi K3', open: '<|open|>think<|sep|>', close: '<|close|>think<|sep|>'},
  {models: 'Apertus', open: '<|inner_prefix|>', close: '<|inner_suffix|>'},
  {models: 'Solar Open 2', open: '<|think:start|>', close: '<|think:end|>'},
  {models: 'Gemma 4', open: '<|channel>thought', close: '<channel|>'},
  {models: 'Pangu', open: '[unused16]', close: '[unused17]'},
  {models: 'OpenThinker, Sky-T1', open: '<|begin_of_thought|>', close: '<|end_of_thought|>'},
  {models: 'Granite 3.2', open: 'Here is my thought process:', close: 'Here is my response:'},
  {models: 'Granite 3.2, quantised', open: "Here's my thought process:", close: "Here's my response:"},
  {models: 'EXAONE Deep, Marco-o1', open: '<thought>', close: '</thought>'},
  {models: 'Reflection, and models told to think', open: '<thinking>', close: '</thinking>'},
  {models: 'Reflection', open: '<reflection>', close: '</reflection>'},
  {models: 'Reka Flash 3, and models told to reason', open: '<reasoning>', close: '</reasoning>'},
  ...[
    'thoughts',
    'reason',
    'scratchpad',
    'analysis',
    'antthinking',
    'inner_monologue',
    'inner_thoughts',
    'deliberation',
    'cot',
    'draft',
  ].map(name => ({
    models: 'models told to think in tags',
    open: `<${name}>`,
    close: `</${name}>`,
  })),
  {models: 'models told to think in tags', open: '<|thinking|>', close: '<|/thinking|>'},
  {models: 'models told to think in tags', open: '<|think|>', close: '<|/think|>'},
  {models: 'models told to think in tags', open: '[THINKING]', close: '[/THINKING]'},
  {models: 'models told to reason in tags', open: '[REASONING]', close: '[/REASONING]'},
];
