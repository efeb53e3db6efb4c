import type {Judgement, TaskBuilder} from '../../task/bundle.ts';
import {makeBundle} from '../../task/make-bundle.ts';

const BOUND = 2;
const FIRST_POINT = /\[\s*([-+]?\d*\.?\d+(?:e[-+]?\d+)?)\s*,\s*([-+]?\d*\.?\d+(?:e[-+]?\d+)?)\s*\]/i;

/**
 * A text with a point `[x1, x2]` in [−2, 2]², scored by two losses: the six-hump camel function (Dixon and Szegő 1978,
 * least about −1.0316 at ±(0.0898, −0.7126)) and the squared norm. No point, or one outside: −1.
 */
export const multiobjectiveConvex: TaskBuilder = ({evalKwargs}) =>
  makeBundle({
    benchmark: 'internal',
    entry: 'multiobjective_convex',
    objective: 'Write a point [x1, x2] with both numbers from -2 to 2 that makes base_loss and reg_loss small.',
    parameters: [
      {
        name: 'point',
        kind: 'text',
        value: 'Where should we look first?',
        trainable: true,
        suggestions: ['[2, 2]', '[1, 0.5]', '[0, 0]', '[0.09, -0.71]', '[-0.09, 0.71]', '[0.05, -0.45]', '[-1.7, 0.8]'],
      },
    ],
    train: {inputs: ['point'], infos: [null]},
    objectiveConfig: {mode: 'scalar', minimize: ['base_loss', 'reg_loss']},
    evalKwargs,
    respond: ({point}) => point,
    guide: (_, response) => judgePoint(String(response)),
  });

function judgePoint(text: string): Judgement {
  const [, first, second] = FIRST_POINT.exec(text) ?? [];
  if (first === undefined || second === undefined) return {score: -1, feedback: 'There is no point [x1, x2].'};
  const [x, y] = [Number(first), Number(second)];
  if (Math.abs(x) > BOUND || Math.abs(y) > BOUND) return {score: -1, feedback: `[${x}, ${y}] is outside [-2, 2].`};
  const base_loss = (4 - 2.1 * x ** 2 + x ** 4 / 3) * x ** 2 + x * y + (-4 + 4 * y ** 2) * y ** 2;
  const reg_loss = x ** 2 + y ** 2;
  const total = base_loss + reg_loss;
  return {
    score: total === 0 ? 0 : -total,
    feedback: `base_loss ${base_loss}, reg_loss ${reg_loss}, total ${total}.`,
    scores: {base_loss, reg_loss},
  };
}
