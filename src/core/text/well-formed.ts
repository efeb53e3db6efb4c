/** Half of a surrogate pair on its own: no character, and UTF-8 has no bytes for it. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Tells whether a text can leave this process as it is. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Replaces every lone surrogate by U+FFFD, as `String.prototype.toWellFormed` does. */
export function wellFormed(text: string): string {
  return isWellFormed(text) ? text : text.replace(LONE_SURROGATES, '\uFFFD');
}
