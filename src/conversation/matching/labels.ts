import type {ChoiceDisplayFormat} from '../../core/task-config.ts';
import {escapePattern} from '../../core/text/escape-pattern.ts';
import type {Choice} from '../../questions/question.ts';

/** The way choices are labelled in the prompt. */
export type LabelStyle = 'letters' | 'arabic' | 'roman' | 'none';

/** Returns which labels a format of the prompt shows. */
export function selectLabelStyle(format: ChoiceDisplayFormat): LabelStyle {
  if (format.startsWith('letter')) return 'letters';
  if (format.startsWith('arabic')) return 'arabic';
  return format.startsWith('roman') ? 'roman' : 'none';
}

/**
 * Returns the labels beside the choices in a prompt. They agree with the ids that records hold: letters are the ids,
 * and numbers are places unless an id is the number of another place. Ids that are A, B, C, … (or 1, 2, 3, …)
 * themselves label places, so that reordered choices are still listed from A on; the record has their order.
 */
export function labelChoices(choices: readonly Choice[], style: LabelStyle): readonly string[] {
  const ids = choices.map(({id}) => id);
  const places = choices.map((_choice, place) => String(place + 1));
  switch (style) {
    case 'letters': {
      const letters = ids.map((_id, place) => String.fromCharCode(CODE_OF_A + place));
      return haveSameMembers(ids, letters) ? letters : ids;
    }
    case 'arabic': {
      const areOtherPlaces = ids.some((id, i) => /^\d+$/.test(id) && id !== places[i]);
      return areOtherPlaces && !haveSameMembers(ids, places) ? ids : places;
    }
    case 'roman':
      return places.map((arabic, place) => ROMAN[place] ?? arabic);
    case 'none':
      return [];
  }
}

const CODE_OF_A = 65;

function haveSameMembers(some: readonly string[], others: readonly string[]): boolean {
  return others.every(other => some.includes(other));
}

const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X'];

/** A label that an answer has beside its words. */
export interface Labelled {
  readonly label: string;
  readonly rest: string;
}

const MARK = '[a-z]|[ivx]{1,4}|\\d{1,2}';
const KIND = '(?:option|choice|answer|letter|number)';

/** Finds labels in answers: single letters and small numbers, and those that the prompt showed. */
interface LabelPatterns {
  /** "B. text", "(B) text", "B: text", "B - text", "Option B text" */
  readonly leading: readonly RegExp[];
  /** "text (B)", "text [Option B]", "text, option B" */
  readonly trailing: readonly RegExp[];
  readonly bare: RegExp;
}

const USUAL = compilePatterns(MARK);

function compilePatterns(mark: string): LabelPatterns {
  return {
    leading: [
      `^["'*#\\s]*${KIND}\\s*[:#]?\\s*["'*([{]*(${mark})["'*)\\]}]*\\s*[.:,-]?\\s+["'*]*(?=\\S)`,
      `^["'*\\s]*[([{](${mark})[)\\]}][.:]?["'*]*\\s+(?:-\\s+)?["'*]*(?=\\S)`,
      `^["'*\\s]*(${mark})["'*]*(?:[).:\\]]["'*]*|\\s+-)\\s+["'*]*(?=\\S)`,
    ].map(pattern => new RegExp(pattern, 'i')),
    trailing: [
      `(?<=\\S)["'*.]*\\s*[([{]\\s*(?:${KIND}\\s*[:#]?\\s*)?(${mark})\\s*[)\\]}]["'*.]*$`,
      `(?<=\\S)["'*.]*\\s*[,;:.-]?\\s+(?:option|choice|letter)\\s*[:#]?\\s*["'*(]*(${mark})["'*.)]*$`,
    ].map(pattern => new RegExp(pattern, 'i')),
    bare: new RegExp(`^["'*#\\s]*(?:${KIND}\\s*[:#]?\\s*)?["'*([{]*(${mark})["'*)\\]}.:,]*$`, 'i'),
  };
}

const BULLET = /^\s*[-•*]\s+(?=\S)/;

/** Returns what follows a bullet. */
export function withoutBullet(answer: string): string {
  return answer.replace(BULLET, '');
}

/** Reads labels in answers to one list of choices. Answers are taken in their normal form. */
export class LabelReader {
  readonly #style: LabelStyle;
  readonly #count: number;
  readonly #shown: readonly string[];
  readonly #patterns: LabelPatterns;

  constructor(choices: readonly Choice[], style: LabelStyle) {
    this.#style = style;
    this.#count = choices.length;
    this.#shown = labelChoices(choices, style).map(plainLabel);
    const unusual = this.#shown.filter(label => label !== '' && !USUAL_LABEL.test(label)).map(escapePattern);
    // The longest first, since the first alternative that fits is taken.
    unusual.sort((a, b) => b.length - a.length);
    this.#patterns = unusual.length === 0 ? USUAL : compilePatterns([...unusual, MARK].join('|'));
  }

  /** Splits an answer into a label and the rest; undefined when it lacks one of them. */
  split(answer: string): Labelled | undefined {
    for (const pattern of [...this.#patterns.leading, ...this.#patterns.trailing]) {
      const found = pattern.exec(answer);
      const label = found?.[1];
      if (found === null || label === undefined) continue;
      const rest = found.index === 0 ? answer.slice(found[0].length) : answer.slice(0, found.index);
      if (rest.trim() !== '') return {label: plainLabel(label), rest};
    }
    return undefined;
  }

  /** Returns the label of an answer that is nothing else: "B", "(b)", "b.", "Option B". */
  bare(answer: string): string | undefined {
    const label = this.#patterns.bare.exec(answer)?.[1];
    return label === undefined ? undefined : plainLabel(label);
  }

  /** Returns the position of the choice beside which the prompt showed a label; undefined when it showed no such. */
  shownPosition(label: string): number | undefined {
    const position = this.#shown.indexOf(label);
    return position < 0 ? undefined : position;
  }

  /** Returns every position that a label beside the words may mean: the one shown, else any way of counting. */
  possiblePositions(label: string): readonly number[] {
    const shown = this.shownPosition(label);
    if (shown !== undefined) return [shown];
    return Array.from({length: this.#count}, (_, position) => position).filter(
      position =>
        (this.#style !== 'letters' && label === String.fromCharCode(97 + position)) ||
        label === String(position + 1) ||
        label === ROMAN[position]?.toLowerCase(),
    );
  }
}

const USUAL_LABEL = new RegExp(`^(?:${MARK})$`);

/** Returns a label in one spelling: lower case, as `normalForm` writes accents, without leading zeros. */
function plainLabel(label: string): string {
  return label
    .trim()
    .normalize('NFKD')
    .toLowerCase()
    .replace(/^0+(?=\d)/, '');
}
