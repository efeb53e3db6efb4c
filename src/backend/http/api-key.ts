import {UserError} from '../../core/errors.ts';

/** A server's key, and how messages speak of it. */
export interface ApiKey {
  /** To be sent; a placeholder for servers that want none. */
  readonly value: string;
  /** Texts that must not appear anywhere. */
  readonly secrets: readonly string[];
  /** Advice for when the server refuses the key. */
  readonly hint: string;
}

/** Client packages insist on a key; servers without one ignore it. */
const NO_KEY = 'EMPTY';

/**
 * Reads the key from the variable that the config names.
 *
 * @throws UserError `api-key-missing`, unless the server is the user's own (`base_url`), which may want none;
 * `api-key-invalid`.
 */
export function readApiKey(
  variable: string,
  baseUrl: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ApiKey {
  // Keys come out of files and clipboards with a line end.
  const value = env[variable]?.trim();
  if (value) {
    if (!/^[\x21-\x7e]+$/.test(value)) {
      throw new UserError(
        'api-key-invalid',
        `Environment variable '${variable}' holds something that cannot be a key`,
        {
          hint: 'a key is one word of plain letters, digits and signs; copy it again',
        },
      );
    }
    return {value, secrets: [value], hint: `The key came from $${variable}.`};
  }
  if (baseUrl !== undefined) {
    return {
      value: NO_KEY,
      secrets: [],
      hint: `$${variable} is not set, so no key was sent; export ${variable}=… if this server wants one.`,
    };
  }
  throw new UserError('api-key-missing', `Environment variable '${variable}' is not set`, {
    hint: `export your API key, e.g. export ${variable}=…; or name a server of your own in api_config.base_url`,
  });
}
