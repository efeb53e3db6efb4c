import {canonicalJson} from '../core/hash.ts';

/** One attempt as it was sent, and what came back. */
export interface Exchange {
  readonly prompt: string;
  /** Sampling options as the backend sent them. */
  readonly sent: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/**
 * Tells whether two attempts were the same request at temperature 0 with the same reply: a third would bring it again.
 */
export function isRepetition(earlier: Exchange, later: Exchange): boolean {
  return (
    later.sent['temperature'] === 0 &&
    earlier.text === later.text &&
    earlier.prompt === later.prompt &&
    canonicalJson(earlier.sent) === canonicalJson(later.sent)
  );
}
