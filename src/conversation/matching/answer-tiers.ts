import type {Choice} from '../../questions/question.ts';
import {isExplanation, polarAnswer, splitExplanation, withoutFraming} from './framing.ts';
import {LabelReader, withoutBullet, type LabelStyle} from './labels.ts';
import {differOnlyInSpacing, isMisspelling} from './misspelling.ts';
import {normalForm, strippedForm} from './normal-form.ts';
import {isUnknownAnswer, isUnknownWording} from './unknown-wordings.ts';
import {joinWords, splitWords, withoutAccents, type Word} from './words.ts';
import {editDistance, sequenceRatio} from './similarity.ts';

/** The choice that an answer names, if any. */
export type Finding =
  | {readonly kind: 'choice'; readonly choice: Choice}
  /** It names a choice, beside the label of another one or of none. */
  | {readonly kind: 'contradiction'; readonly label: string; readonly labelled: Choice | null; readonly named: Choice}
  | {readonly kind: 'none'};

const NONE: Finding = {kind: 'none'};

/**
 * A misspelt choice must be nearer than any other by at least this many slips of the pen, and have at most half as
 * many. Ratios do not work: of "men" and "women", the ratio takes "wen" for "women".
 */
const MARGIN_IN_TYPOS = 2;

/**
 * An answer longer than this and than four times the longest choice is none of them; reading it would cost more than
 * asking again.
 */
const MAX_ANSWER_LENGTH = 10_000;

/**
 * Returns the choice that an answer names, by the first tier that finds one:
 *
 * 1. the same text; 2. the same after normalisation; 3. the same words; 4. the label alone, where labels were shown; 5.
 *   a label and the same words, which must agree; 6. one of these inside "My answer is …" and the like, or before ",
 *   because …"; 7. another wording of the only choice that says that nothing can be said; 8. the same words with a slip
 *   of the pen.
 *
 * No tier turns one word into another, leaves a word out or puts one in, articles and words around the whole excepted:
 * who "the African American woman" is would then be a guess. Nothing is returned when more than one choice fits.
 *
 * @param threshold 0…1: the least similarity (difflib's ratio) for the last tier.
 */
export function findByTier(
  answer: string,
  choices: readonly Choice[],
  threshold: number,
  shown: LabelStyle = 'none',
): Finding {
  const longest = Math.max(0, ...choices.map(({text}) => text.length));
  const exact = choices.findIndex(({text}) => text === answer);
  if (answer.length > Math.max(MAX_ANSWER_LENGTH, 4 * longest)) return exact < 0 ? NONE : choose(choices[exact]);
  return new Matcher(choices, threshold, shown).find(answer, exact);
}

function choose(choice: Choice | undefined): Finding {
  return choice ? {kind: 'choice', choice} : NONE;
}

/** Returns the only index of which a test is true; -1 when there is none, or more than one. */
function onlyIndex<T>(items: readonly T[], test: (item: T) => boolean): number {
  const index = items.findIndex(test);
  return index >= 0 && items.findLastIndex(test) === index ? index : -1;
}

class Matcher {
  readonly #choices: readonly Choice[];
  readonly #threshold: number;
  readonly #labels: LabelReader;
  readonly #forms: readonly string[];
  /** As written, and below without articles. */
  readonly #fullWords: readonly (readonly Word[])[];
  readonly #words: readonly (readonly Word[])[];

  constructor(choices: readonly Choice[], threshold: number, shown: LabelStyle) {
    this.#choices = choices;
    this.#threshold = threshold;
    this.#labels = new LabelReader(choices, shown);
    this.#forms = choices.map(({text}) => strippedForm(text));
    this.#fullWords = choices.map(({text}) => splitWords(text));
    this.#words = withoutArticles(this.#fullWords);
  }

  find(answer: string, exact: number): Finding {
    const form = normalForm(withoutBullet(answer));
    const asLabel = this.#labelPosition(form);
    const named = exact >= 0 ? exact : this.#byForm(answer);
    // "2" may be the second choice or the choice "2".
    if (named !== -1 && asLabel !== undefined && asLabel !== named) return NONE;
    if (named !== -1) return choose(this.#choices[named]);
    if (this.#forms.includes(strippedForm(answer))) return NONE;
    const framed = withoutFraming(form);
    for (const text of framed === undefined ? [form] : [form, framed]) {
      const found = this.#byWordsAndLabel(text);
      if (found.kind !== 'none') return found;
    }
    return this.#byMeaning(form, framed);
  }

  #byForm(answer: string): number {
    const form = strippedForm(answer);
    return onlyIndex(this.#forms, other => other === form);
  }

  #byWordsAndLabel(text: string): Finding {
    const index = this.#byWords(text);
    if (index >= 0) return choose(this.#choices[index]);
    const asLabel = this.#byBareLabel(text);
    if (asLabel !== undefined) return choose(this.#choices[asLabel]);
    const labelled = this.#labels.split(text);
    if (!labelled) return NONE;
    const inner = withoutFraming(labelled.rest);
    const named = [labelled.rest, ...(inner === undefined ? [] : [inner])].map(rest => this.#byWordsOrTypo(rest));
    return this.#reconcileLabel(labelled.label, named.find(position => position >= 0) ?? -1);
  }

  #byWordsOrTypo(text: string): number {
    const index = this.#byWords(text);
    return index >= 0 ? index : this.#byTypo(text);
  }

  /** Accepts words beside a label when both mean one choice. */
  #reconcileLabel(label: string, index: number): Finding {
    const named = this.#choices[index];
    if (!named) return NONE;
    const positions = this.#labels.possiblePositions(label);
    if (positions.includes(index)) return choose(named);
    return {kind: 'contradiction', label, labelled: this.#choices[positions[0] ?? -1] ?? null, named};
  }

  /**
   * Returns the position of a label that is the whole answer; undefined where labels were not shown, or the label is a
   * word of another choice.
   */
  #byBareLabel(text: string): number | undefined {
    const label = this.#labels.bare(text);
    const position = this.#labelPosition(text);
    if (position === undefined) return undefined;
    const isWord = this.#words.some((words, i) => i !== position && words.some(word => word.text === label));
    return isWord ? undefined : position;
  }

  #labelPosition(text: string): number | undefined {
    const label = this.#labels.bare(text);
    return label === undefined ? undefined : this.#labels.shownPosition(label);
  }

  #byWords(text: string): number {
    const written = splitWords(text);
    const [loose] = withoutArticles([written]);
    return onlyIndex(this.#words, words => (loose && areSameWords(loose, words)) || areSameWords(written, words));
  }

  #byMeaning(form: string, framed: string | undefined): Finding {
    const texts = framed === undefined ? [form] : [form, framed];
    const tiers = [
      (text: string) => this.#byExplanation(text),
      (text: string) => this.#byUnknownWording(text),
      (text: string) => this.#byTypo(text),
    ];
    for (const tier of tiers) {
      const index = texts.map(tier).find(position => position >= 0);
      if (index !== undefined) return choose(this.#choices[index]);
    }
    return NONE;
  }

  /** Matches the words before a reason ("The man, because …"), if the reason does not take them back. */
  #byExplanation(text: string): number {
    const polar = polarAnswer(text);
    const position = polar === undefined ? -1 : onlyIndex(this.#words, words => joinWords(words) === polar);
    if (position >= 0) return position;
    const parts = splitExplanation(text);
    if (!parts) return -1;
    const inner = withoutFraming(parts.head);
    // In "A. Lopez" nothing is explained.
    if (!parts.isReason && this.#labels.bare(inner ?? parts.head) !== undefined) return -1;
    const finding = [parts.head, ...(inner === undefined ? [] : [inner])]
      .map(head => this.#byWordsAndLabel(head))
      .find(({kind}) => kind !== 'none');
    if (finding?.kind !== 'choice') return -1;
    const index = this.#choices.indexOf(finding.choice);
    const own = this.#words[index] ?? [];
    const isUnknown = isUnknownWording(joinWords(own));
    const others = isUnknown
      ? []
      : this.#words.filter((words, i) => i !== index && !isUnknownWording(joinWords(words)));
    return isExplanation(parts, {own, others, isUnknown}) ? index : -1;
  }

  #byUnknownWording(text: string): number {
    const [words] = withoutArticles([splitWords(text)]);
    if (!words || !isUnknownAnswer(joinWords(words))) return -1;
    return onlyIndex(this.#words, choice => isUnknownWording(joinWords(choice)));
  }

  /** Matches the choice that has the same words, one of them with a slip of the pen, and no rival. */
  #byTypo(text: string): number {
    const full = splitWords(text);
    const [loose] = withoutArticles([full]);
    const fits = (written: readonly Word[], words: readonly Word[]): boolean =>
      areSameWords(written, words, 1 + Math.floor(words.length / 5)) || differOnlyInSpacing(written, words);
    const indices = this.#choices.map((_choice, i) => i);
    const index = onlyIndex(
      indices,
      i => fits(full, this.#fullWords[i] ?? []) || (loose !== undefined && fits(loose, this.#words[i] ?? [])),
    );
    const [written, meant] = [full, this.#fullWords[index]];
    if (!meant) return -1;
    const [form, match] = [joinWords(written), joinWords(meant)];
    if (sequenceRatio(form, match) < this.#threshold) return -1;
    const slips = editDistance(form, match);
    const least = Math.max(slips + MARGIN_IN_TYPOS, 2 * slips);
    return this.#fullWords.every((words, i) => i === index || isAtLeastApart(least, form, joinWords(words)))
      ? index
      : -1;
  }
}

function isAtLeastApart(least: number, a: string, b: string): boolean {
  return Math.abs(a.length - b.length) >= least || editDistance(a, b) >= least;
}

/** Returns whether words are those of a choice, apart from missing accents and some slips of the pen. */
function areSameWords(written: readonly Word[], choice: readonly Word[], slips = 0): boolean {
  if (written.length !== choice.length || written.length === 0) return false;
  let left = slips;
  return choice.every((word, i) => {
    const text = written[i]?.text ?? '';
    if (text === word.text || text === withoutAccents(word.text)) return true;
    return left-- > 0 && isMisspelling(text, word);
  });
}

const ARTICLES = new Set(['the', 'a', 'an']);

/**
 * Leaves out the article at the beginning of each text, and "the" and "an" in lower case within it. What looks like an
 * article stays where it may be an initial: before a point, and where another text differs in its first word only ("A
 * Lopez", "B Lopez").
 */
function withoutArticles(texts: readonly (readonly Word[])[]): readonly (readonly Word[])[] {
  const rests = texts.map(words => joinWords(words.slice(1)));
  return texts.map((words, i) => {
    const [first] = words;
    const isArticle =
      first !== undefined &&
      ARTICLES.has(first.text) &&
      first.isBeforeSpace &&
      words.length > 1 &&
      rests[i]?.length !== 1 &&
      rests.every((rest, j) => j === i || rest !== rests[i]);
    const rest = isArticle ? words.slice(1) : words;
    return rest.filter(({text, isCapital}, k) => k === 0 || isCapital || (text !== 'the' && text !== 'an'));
  });
}
