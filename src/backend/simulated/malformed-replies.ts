import type {Random} from '../../core/seeds/random.ts';

/** The field that a reply is judged by. */
const ANSWER = /"(answer|verdict)":"(.*?)"/;

/** The ways in which models miss a format, from harmless to hopeless. */
const CORRUPTIONS: readonly ((text: string, random: Random) => string)[] = [
  text => `Sure, here is my answer:\n\`\`\`json\n${text}\n\`\`\`\nLet me know if you need more.`,
  text => text.replace(/\}$/, ',}'),
  text => text.replace(/\}$/, ''),
  text => text.replace(/"(\w+)":/g, "'$1':"),
  (text, random) => text.replace(ANSWER, (_, key: string, answer: string) => `"${key}":"${misspell(answer, random)}"`),
  text => text.replace(ANSWER, '"$1":"none of these, really"'),
  text => text.replace(ANSWER, '"$1":""'),
  text => text.slice(0, Math.floor(text.length / 2)),
  // No refusal, which would be an answer of its own kind and end the conversation.
  () => 'Let me think about this for a moment.',
];

/**
 * Spoils a well-formed reply in one of the ways in which models do; some can be repaired, some need another attempt.
 */
export function corruptReply(text: string, random: Random): string {
  const slip = CORRUPTIONS[Math.floor(random() * CORRUPTIONS.length)];
  const spoilt = slip?.(text, random) ?? text;
  // Some roles have no such field to spoil; half a reply is malformed for all.
  return spoilt === text ? text.slice(0, Math.floor(text.length / 2)) : spoilt;
}

/** Two neighbouring characters change places. */
function misspell(text: string, random: Random): string {
  const at = 1 + Math.floor(random() * Math.max(1, text.length - 2));
  return (
    text.slice(0, at) +
    text
      .slice(at, at + 2)
      .split('')
      .reverse()
      .join('') +
    text.slice(at + 2)
  );
}
