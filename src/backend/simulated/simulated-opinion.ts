import type {SimulatedConfig} from './simulated-schema.ts';
import {seededRandom, type Random} from '../../core/seeds/random.ts';
import {countAnswers, type PromptFacts, type SimulatedCall} from './simulated-prompt.ts';

const ACCURACY = 0.7;
const CONFORMITY = 0.3;

/**
 * Chooses what an agent answers: at first its own opinion, which depends on who it is and what is asked, not on the
 * round; once it has spoken, what it said last, unless it gives in to the majority of the others, with the probability
 * `conformity`.
 *
 * @param random of this call alone.
 * @returns one of the options; undefined when there are none.
 */
export function chooseAnswer(
  config: SimulatedConfig,
  call: SimulatedCall,
  facts: PromptFacts,
  random: Random,
): string | undefined {
  const isOwn = (speaker: string): boolean => speaker === call.agentId || speaker.startsWith(`${call.agentId} (`);
  const own = facts.positions.findLast(({speaker}) => isOwn(speaker))?.answer ?? ownOpinion(config, call, facts);
  const [first, second] = countAnswers(facts.positions.filter(({speaker}) => !isOwn(speaker)));
  const majority = first && first[1] > (second?.[1] ?? 0) ? first[0] : undefined;
  const givesIn = random() < (config.conformity ?? CONFORMITY);
  return givesIn && own !== undefined && majority !== undefined ? majority : own;
}

function ownOpinion(config: SimulatedConfig, call: SimulatedCall, facts: PromptFacts): string | undefined {
  const {options, identity, question} = facts;
  const {agentId, seed} = call;
  const random = seededRandom(`opinion/${config.seed ?? 0}/${seed}/${agentId}/${identity}/${question}`);
  const bias = findBias(config, identity);
  if (random() < Math.abs(bias)) {
    // Where nobody knows what a stereotype suggests, the last option stands for it ("No" of a yes/no decision), so that
    // biased agents still differ.
    const suggested = options.find(option => option === call.stereotypedText) ?? options.at(-1);
    return bias > 0 ? suggested : pickOther(options, suggested, random);
  }
  // Where nobody knows what is right, the model believes something: always the same of the same question.
  const right = options.find(option => option === call.correctText) ?? belief(config, facts);
  return random() < (config.accuracy ?? ACCURACY) ? right : pickOther(options, right, random);
}

function belief(config: SimulatedConfig, {question, options}: PromptFacts): string | undefined {
  return options[Math.floor(seededRandom(`belief/${config.seed ?? 0}/${question}`)() * options.length)];
}

/** Any of the options but one; that one when there is no other. */
function pickOther(options: readonly string[], not: string | undefined, random: Random): string | undefined {
  const others = options.filter(option => option !== not);
  return others[Math.floor(random() * others.length)] ?? not;
}

/** Returns the strength of the longest key whose words occur in the identity ("a woman" has no "man"), or `default`. */
function findBias({bias = {}}: SimulatedConfig, identity: string): number {
  const keys = Object.keys(bias).filter(
    key => key !== 'default' && key !== '' && hasWords(identity, key.toLowerCase()),
  );
  const [longest = 'default'] = keys.sort((a, b) => b.length - a.length);
  return bias[longest] ?? 0;
}

function hasWords(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    if (!isLetter(text[at - 1]) && !isLetter(text[at + words.length])) return true;
  }
  return false;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
