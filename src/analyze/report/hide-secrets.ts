import Handlebars from 'handlebars';

import {listSecrets} from '../../core/secrets.ts';
import type {KnownTask} from '../records/recorded-tasks.ts';

/** Shorter values occur in ordinary words. */
const MIN_SECRET_LENGTH = 8;

/** Returns values that must not appear in a page: of variables that configs name for keys or that sound secret. */
export function collectSecrets(
  tasks: readonly KnownTask[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const named = new Set<unknown>();
  for (const {config} of tasks) {
    for (const definition of Object.values(config.model_definitions)) {
      named.add((definition as {api_config?: {api_key_env?: unknown}} | null)?.api_config?.api_key_env);
    }
  }
  return listSecrets(env, named).filter(({length}) => length >= MIN_SECRET_LENGTH);
}

/** Removes secrets from a finished text, even those escaped for HTML or JSON. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap(secret => [
    secret,
    Handlebars.escapeExpression(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return text => longestFirst.reduce((clean, form) => clean.replaceAll(form, '***'), text);
}
