import {suggest} from '../../config/problem.ts';
import type {Report} from '../../config/report.ts';
import type {Hypothesis} from './study-schema.ts';

/** Returns the hypotheses from which one follows. */
export function listParents({follows_from: parents}: Pick<Hypothesis, 'follows_from'>): readonly string[] {
  if (parents === undefined || parents === null) return [];
  return typeof parents === 'string' ? [parents] : parents;
}

/** Reports parents that do not exist, and hypotheses that follow from themselves. */
export function checkHypothesisTree(hypotheses: Readonly<Record<string, Hypothesis>>, report: Report): void {
  const ids = Object.keys(hypotheses);
  for (const [id, hypothesis] of Object.entries(hypotheses)) {
    for (const parent of listParents(hypothesis)) {
      if (Object.hasOwn(hypotheses, parent)) continue;
      report.problem(['hypotheses', id, 'follows_from'], {
        found: `the unknown hypothesis "${parent}"`,
        expected: 'a hypothesis of this study',
        hint: suggest(parent, ids) ?? `there is: ${ids.join(', ')}`,
      });
    }
  }
  for (const circle of findCircles(hypotheses)) {
    report.problem(['hypotheses', circle[0] ?? '', 'follows_from'], {
      found: `a circle: ${[...circle, circle[0]].join(' → ')}`,
      expected: 'hypotheses that follow from others, not from themselves',
    });
  }
}

/** Returns each circle once, from its first hypothesis on. */
function findCircles(hypotheses: Readonly<Record<string, Hypothesis>>): string[][] {
  const circles: string[][] = [];
  const finished = new Set<string>();
  const visit = (id: string, above: readonly string[]): void => {
    const start = above.indexOf(id);
    if (start >= 0) {
      circles.push(above.slice(start));
      return;
    }
    const hypothesis = Object.hasOwn(hypotheses, id) ? hypotheses[id] : undefined;
    if (!hypothesis || finished.has(id)) return;
    for (const parent of listParents(hypothesis)) visit(parent, [...above, id]);
    finished.add(id);
  };
  for (const id of Object.keys(hypotheses)) visit(id, []);
  return circles;
}
