import type {WrittenCommand} from './study-schema.ts';

/** Returns the words of a command; null for a text with a quote that does not end. */
export function toWords(command: WrittenCommand): readonly string[] | null {
  return typeof command === 'string' ? splitCommand(command) : command.map(String);
}

/**
 * Splits a text into words as a shell does, by blanks, quotes and backslashes; nothing is expanded or run.
 *
 * @returns null when a quote does not end.
 */
export function splitCommand(text: string): string[] | null {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\' && quote !== "'") {
      const next = text.charAt(i + 1);
      // Inside double quotes a backslash stands for itself but before these.
      const isEscape = quote === undefined || ['"', '\\', '$', '`'].includes(next);
      if (isEscape) i++;
      word = (word ?? '') + (isEscape ? next : char);
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== undefined) return null;
  if (word !== undefined) words.push(word);
  return words;
}
