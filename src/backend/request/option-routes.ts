import type {Sampling} from '../backend.ts';
import {put, type Body} from './shape-request.ts';

/** An option of an agent, or the seed. */
export type OptionName = keyof Sampling;

/** An option's path in a request's body, or the reason why it is not sent. */
export type OptionRoute = {readonly path: readonly string[]} | {readonly why: string};

export type OptionRoutes = Readonly<Record<OptionName, OptionRoute>>;

/**
 * Under `compatibility: reference` the older system's selection; else what the config says is sent wherever the server
 * can take it.
 */
export type RequestMode = 'default' | 'reference';

/** Returns the options of a request as fields of its body. */
export function optionFields(sampling: Sampling, routes: OptionRoutes): Body {
  const body: Body = {};
  for (const [option, route] of Object.entries(routes) as [OptionName, OptionRoute][]) {
    const value = sampling[option];
    if (value !== undefined && 'path' in route) put(body, route.path, value);
  }
  return body;
}

/** Options under the names that a config has for them, as vLLM takes them. */
export const OWN_NAMES: OptionRoutes = {
  temperature: routeTo('temperature'),
  max_tokens: routeTo('max_tokens'),
  top_p: routeTo('top_p'),
  top_k: routeTo('top_k'),
  min_p: routeTo('min_p'),
  presence_penalty: routeTo('presence_penalty'),
  seed: routeTo('seed'),
  enable_thinking: routeTo('chat_template_kwargs', 'enable_thinking'),
};

/** Routes an option to a path of the body. */
export function routeTo(...path: readonly string[]): OptionRoute {
  return {path};
}

/** Keeps an option out of the body. */
export function noRoute(why: string): OptionRoute {
  return {why};
}
