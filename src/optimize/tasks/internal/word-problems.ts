import type {Dataset, Judgement, TaskBuilder} from '../../task/bundle.ts';
import {toNumber, toText} from '../../task/guides.ts';
import {makeBundle} from '../../task/make-bundle.ts';

/** Word problems of our own, in the form of GSM8K, with their answers. */
const PROBLEMS: readonly (readonly [string, number])[] = [
  ['A box holds 6 pencils. Lena has 4 boxes and gives away 5 pencils. How many has she left?', 19],
  ['A bus has 40 seats. 27 people get on and 9 get off. How many seats are free now?', 22],
  ['Omar saves 3 coins a day for two weeks and spends 12. How many coins are left?', 30],
  ['A rope of 50 m is cut into 8 equal pieces of 5 m. How many metres remain?', 10],
  ['Three friends share 45 sweets equally and each eats 4. How many has each one left?', 11],
  ['A shop sells 12 loaves an hour for 5 hours and has 7 left. How many were there?', 67],
  ['Mia reads 18 pages on Monday and twice as many on Tuesday. How many in total?', 54],
  ['A farmer has 9 rows of 7 trees. 13 trees are cut down. How many are left?', 50],
  ['A ticket costs 8. A family of 5 pays with 50. How much change do they get?', 10],
  ['A tank holds 120 litres and loses 15 litres an hour. How many litres are left after 6 hours?', 30],
  ['Ben is 7 years older than Ana, who is 16. How old are they together?', 39],
  ['A train makes 4 trips of 35 km and one of 20 km. How many km is that?', 160],
  ['A class of 28 has 4 more girls than boys. How many boys are there?', 12],
  ['Paint for one wall takes 2 litres. Each of 3 rooms has 6 walls. How many litres are needed?', 36],
];

/** Reply of the model that is not asked in stub mode. */
const NO_MODEL = {text: 'No suggestion.', tokens: {prompt: 0, completion: 0}};

interface Reply {
  readonly text: string;
  readonly tokens: {readonly prompt: number; readonly completion: number};
}

/** A system prompt for word problems; errors, and tokens in and out. */
export const multiobjectiveGsm8k: TaskBuilder = ({evalKwargs, chat}) =>
  makeBundle({
    benchmark: 'internal',
    entry: 'multiobjective_gsm8k',
    objective: 'Write a system prompt that makes a model solve word problems correctly, with few tokens.',
    parameters: [
      {
        name: 'system_prompt',
        kind: 'text',
        value: 'Solve the problem. End with #### and the answer as a number.',
        trainable: true,
      },
    ],
    train: pickProblems(0, 6),
    validation: pickProblems(6, 10),
    test: pickProblems(10, 14),
    objectiveConfig: {mode: 'scalar', minimize: ['error', 'tokens_in', 'tokens_out']},
    evalKwargs,
    respond: async ({system_prompt}, {input, set, index}, signal): Promise<Reply> => {
      if (!chat) return NO_MODEL;
      const system = toText(system_prompt);
      return await chat.ask({system, user: String(input), name: `task/${set}/${index}`, signal, maxTokens: 1024});
    },
    guide: (_, response, reference) => judgeReply(response as Reply, reference),
  });

function pickProblems(from: number, to: number): Dataset {
  const problems = PROBLEMS.slice(from, to);
  return {inputs: problems.map(([text]) => text), infos: problems.map(([, answer]) => answer)};
}

function judgeReply({text, tokens}: Reply, reference: unknown): Judgement {
  const answer = readAnswer(text);
  const error = answer === reference ? 0 : 1;
  return {
    score: error === 0 ? 0 : -1,
    feedback: error === 0 ? 'Correct.' : `Expected ${String(reference)}, read ${answer ?? 'no number'}.`,
    scores: {error, tokens_in: tokens.prompt, tokens_out: tokens.completion},
  };
}

/** Reads the number after the last `####`, else the last number of a reply. */
export function readAnswer(text: string): number | undefined {
  const after = text.lastIndexOf('####');
  const numbers = text.slice(after < 0 ? 0 : after).match(/-?\d[\d,]*(?:\.\d+)?/g) ?? [];
  const found = after < 0 ? numbers.at(-1) : numbers[0];
  return found === undefined ? undefined : toNumber(found.replaceAll(',', ''));
}
