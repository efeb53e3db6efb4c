import type {ChoiceDisplayFormat} from '../../core/task-config.ts';

/** How the choices were labelled in the prompt. */
export type LabelStyle = 'letters' | 'arabic' | 'roman' | 'none';

/** Returns which labels a format of the prompt shows. */
export function selectLabelStyle(format: ChoiceDisplayFormat): LabelStyle {
  if (format.startsWith('letter')) return 'letters';
  if (format.startsWith('arabic')) return 'arabic';
  return format.startsWith('roman') ? 'roman' : 'none';
}

const ROMAN = ['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix', 'x'];

/** A label that an answer has beside its words. */
export interface Labelled {
  readonly label: string;
  readonly rest: string;
}

const MARK = '[a-z]|[ivx]{1,4}|\\d{1,2}';
const KIND = '(?:option|choice|answer|letter|number)';

/** "B. text", "(B) text", "B: text", "B - text", "Option B text" */
const LEADING_LABELS = [
  new RegExp(`^["'*#\\s]*${KIND}\\s*[:#]?\\s*["'*([{]*(${MARK})["'*)\\]}]*\\s*[.:,-]?\\s+["'*]*(?=\\S)`, 'i'),
  new RegExp(`^["'*\\s]*[([{](${MARK})[)\\]}][.:]?["'*]*\\s+(?:-\\s+)?["'*]*(?=\\S)`, 'i'),
  new RegExp(`^["'*\\s]*(${MARK})["'*]*(?:[).:\\]]["'*]*|\\s+-)\\s+["'*]*(?=\\S)`, 'i'),
];

/** "text (B)", "text [Option B]", "text, option B" */
const TRAILING_LABELS = [
  new RegExp(`(?<=\\S)["'*.]*\\s*[([{]\\s*(?:${KIND}\\s*[:#]?\\s*)?(${MARK})\\s*[)\\]}]["'*.]*$`, 'i'),
  new RegExp(`(?<=\\S)["'*.]*\\s*[,;:.-]?\\s+(?:option|choice|letter)\\s*[:#]?\\s*["'*(]*(${MARK})["'*.)]*$`, 'i'),
];

const BARE = new RegExp(`^["'*#\\s]*(?:${KIND}\\s*[:#]?\\s*)?["'*([{]*(${MARK})["'*)\\]}.:,]*$`, 'i');
const BULLET = /^\s*[-•*]\s+(?=\S)/;

/** Splits a normal form into a label and the rest, where there are both. */
export function splitLabel(answer: string): Labelled | undefined {
  for (const pattern of [...LEADING_LABELS, ...TRAILING_LABELS]) {
    const found = pattern.exec(answer);
    const label = found?.[1];
    if (found === null || label === undefined) continue;
    const rest = found.index === 0 ? answer.slice(found[0].length) : answer.slice(0, found.index);
    if (rest.trim() !== '') return {label: label.toLowerCase(), rest};
  }
  return undefined;
}

/** Returns the label of an answer that is nothing else: "B", "(b)", "b.", "Option B". */
export function bareLabel(answer: string): string | undefined {
  return BARE.exec(answer)?.[1]?.toLowerCase();
}

/** Returns what stands behind a bullet. */
export function withoutBullet(answer: string): string {
  return answer.replace(BULLET, '');
}

/** Returns every position that a label may mean, whatever labels were shown. */
export function possiblePositions(label: string, count: number): readonly number[] {
  return Array.from({length: count}, (_, position) => position).filter(
    position =>
      label === String.fromCharCode(97 + position) || label === String(position + 1) || label === ROMAN[position],
  );
}

/**
 * Returns the position that a label means in the style in which it was shown; undefined when none was shown or there is
 * no such label.
 */
export function shownPosition(label: string, style: LabelStyle, count: number): number | undefined {
  const position = positionInStyle(label, style);
  return position >= 0 && position < count ? position : undefined;
}

function positionInStyle(label: string, style: LabelStyle): number {
  switch (style) {
    case 'letters':
      return /^[a-z]$/.test(label) ? label.charCodeAt(0) - 97 : -1;
    case 'arabic':
      return /^\d+$/.test(label) ? Number(label) - 1 : -1;
    case 'roman':
      // From the eleventh on the prompt has arabic numbers.
      return /^\d+$/.test(label) && Number(label) > ROMAN.length ? Number(label) - 1 : ROMAN.indexOf(label);
    case 'none':
      return -1;
  }
}
