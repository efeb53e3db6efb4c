import {describeValue, type DocumentPath} from '../problem.ts';
import type {Report} from '../report.ts';

/**
 * Nouns that people write as demographics, and the adjective that stands well before "person"; null where there is no
 * single one.
 */
const ADJECTIVES: Readonly<Record<string, string | null>> = {
  woman: 'female',
  women: 'female',
  lady: 'female',
  females: 'female',
  girl: 'young female',
  girls: 'young female',
  man: 'male',
  men: 'male',
  gentleman: 'male',
  guy: 'male',
  males: 'male',
  boy: 'young male',
  boys: 'young male',
  child: 'young',
  children: 'young',
  kid: 'young',
  teenager: 'teenage',
  jew: 'Jewish',
  person: null,
  people: null,
  human: null,
};

/** Warns of demographics that prompts would make "a woman person": without a persona, "person" follows them. */
export function checkIdentity(
  {demographics, persona}: Readonly<Record<string, unknown>>,
  seat: number,
  report: Report,
) {
  if (typeof demographics !== 'string' || (typeof persona === 'string' && persona !== '')) return;
  const words = demographics.trim().split(/\s+/);
  const isNoun = (word: string): boolean => Object.hasOwn(ADJECTIVES, word.toLowerCase());
  const hasArticle = /^an?$/i.test(words[0] ?? '') && words.length > 1;
  if (!words.some(isNoun) && !hasArticle) return;
  const path: DocumentPath = ['agent_definitions', seat, 'demographics'];
  const better = words.slice(hasArticle ? 1 : 0).map(word => (isNoun(word) ? ADJECTIVES[word.toLowerCase()] : word));
  report.warning(path, {
    found: `${describeValue(demographics)}: prompts say "a ${demographics} person"`,
    expected: 'words that can stand before "person"',
    hint: better.includes(null)
      ? 'an adjective, such as disabled or older'
      : `write ${describeValue(better.join(' '))}`,
  });
}
