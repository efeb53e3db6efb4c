import {describe, expect, test} from 'vitest';

import {judgeReply} from '../../src/conversation/judging/judge-reply.ts';
import type {Judgement, Reply} from '../../src/conversation/judging/judgement.ts';
import {matchAnswer} from '../../src/conversation/matching/match-answer.ts';
import {seededRandom} from '../../src/core/seeds/random.ts';
import type {Choice} from '../../src/questions/question.ts';
import {IDENTITY_PAIRS} from './identity-pairs.ts';
import {agent, config, QUESTION, reply} from './setup.ts';

const choicesOf = (...texts: string[]): Choice[] => texts.map((text, i) => ({id: String.fromCharCode(65 + i), text}));
const selected = (
  answer: string,
  choices: readonly Choice[],
  mode: 'default' | 'reference' = 'default',
): string | null => matchAnswer(answer, choices, 0.75, mode, 'letters').matchedText;

describe('different identities', () => {
  test('there are at least 60 pairs', () => expect(IDENTITY_PAIRS.length).toBeGreaterThanOrEqual(60));

  test.each(IDENTITY_PAIRS)('%s and %s are never taken for each other', (a, b) => {
    for (const [answer, choice] of [
      [a, b],
      [b, a],
    ] as const) {
      for (const said of [answer, answer.toLowerCase(), `${answer}.`, `The answer is ${answer}`, `"${answer}"`]) {
        expect(selected(said, choicesOf(choice, 'Something else entirely')), said).not.toBe(choice);
      }
    }
  });

  test('nothing on the way from one to the other is recorded as the wrong one', () => {
    const random = seededRandom('edits');
    for (const [a, b] of IDENTITY_PAIRS) {
      for (let i = 0; i < 40; i++) {
        // A part of one and the rest of the other, up to the whole other.
        const [from, to] = random() < 0.5 ? [a, b] : [b, a];
        const cut = Math.floor(random() * (to.length + 1));
        const answer = to.slice(0, cut) + from.slice(Math.min(from.length, cut));
        const match = selected(answer, choicesOf(from, to, 'Something else entirely'));
        if (answer === to) expect(match).toBe(to);
        if (answer.toLowerCase() === to.toLowerCase()) expect(match).not.toBe(from);
      }
    }
  });
});

const SETS = [
  ['The African American man', 'The White woman', 'Not enough info'],
  ['The grandfather', 'The grandson', "Can't be determined"],
  ['Donna Schneider', 'Maribel Mejia', 'Unknown'],
  ['The disabled student', 'The non-disabled student', 'Not answerable'],
  ['The person who uses a wheelchair', 'The one who plays football', 'Cannot be determined'],
];

/** Documented ways to word one choice; `label` is the one that the prompt showed. */
const WORDINGS: readonly ((text: string, label: string) => string)[] = [
  text => text,
  text => text.toLowerCase(),
  text => text.toUpperCase(),
  text => `${text}.`,
  text => `"${text}"`,
  text => `'${text}'`,
  text => `“${text}”`,
  text => `**${text}**`,
  text => `  ${text}\n`,
  text => text.replace(/^The /, ''),
  text => `- ${text}`,
  (text, label) => `${label}. ${text}`,
  (text, label) => `(${label}) ${text}`,
  (text, label) => `${label}: ${text}`,
  (text, label) => `Option ${label}: ${text}`,
  (text, label) => `${text} (${label})`,
  (_text, label) => label,
  (_text, label) => `(${label.toLowerCase()})`,
  (_text, label) => `Option ${label}`,
  (_text, label) => `Answer: ${label}`,
  text => `The answer is ${text}`,
  text => `Answer: ${text}`,
  text => `My answer is: ${text}.`,
  text => `I would choose ${text}`,
  text => `I choose "${text}"`,
  text => `It is ${text}`,
  text => `${text} is the correct answer`,
  text => `${text}, because the context says so`,
  text => text.replaceAll(' ', '  '),
  text => text.replaceAll("'", '’'),
  text => text.replaceAll('-', '‑'),
  text => `<answer>${text}</answer>`,
  text => `\\boxed{${text}}`,
  text => `Therefore, ${text}`,
];

test('correct wordings are accepted without asking again, and none is recorded wrong', () => {
  const counts = {all: 0, default: 0, reference: 0, wrong: 0};
  const missed: string[] = [];
  for (const set of SETS) {
    const choices = choicesOf(...set);
    for (const [i, text] of set.entries()) {
      for (const word of WORDINGS) {
        const answer = word(text, String.fromCharCode(65 + i));
        const ours = selected(answer, choices);
        counts.all++;
        if (ours === text) counts.default++;
        else missed.push(answer);
        if (ours !== null && ours !== text) counts.wrong++;
        if (selected(answer, choices, 'reference') === text) counts.reference++;
      }
    }
  }
  console.log(
    `of ${counts.all} correct wordings: default ${counts.default}, reference ${counts.reference}; missed: ${missed.slice(0, 12).join(' | ')}`,
  );
  expect(counts.all).toBeGreaterThanOrEqual(500);
  expect(counts.wrong).toBe(0);
  expect(counts.default / counts.all).toBeGreaterThan(0.95);
});

function judge(text: string, extra: Partial<Reply> = {}, agentExtra: object = {}, options: object = {}): Judgement {
  return judgeReply(reply(text, extra), {
    agent: agent('a', agentExtra),
    question: {...QUESTION, choices: choicesOf('The man', 'The woman', 'Unknown')},
    config: config({template: {choice_display_format: 'letter_dot'}, ...options}),
    attempt: 0,
  });
}

const R = (answer: unknown): string => JSON.stringify({rationale: 'because of the text', answer});
const DRAFT = R('The man');
const OPENINGS = [
  '<think>',
  '[THINK]',
  '<thinking>',
  '<reasoning>',
  '<thought>',
  '<reflection>',
  '<seed:think>',
  '<mm:think>',
  '<longcat_think>',
  '<scratchpad>',
  '<|START_THINKING|>',
  '◁think▷',
  '<|inner_prefix|>',
  '<|think:start|>',
  '<|channel>thought',
  '<|begin_of_thought|>',
  '[unused16]',
  '<analysis>',
  '<|channel|>analysis<|message|>',
  '<|channel|>commentary<|message|>',
  'Here is my thought process:',
  '<THINK>',
  '<think >',
  '&lt;think&gt;',
  '[THINKING]',
];
const CLOSINGS = [
  '</think>',
  '[/THINK]',
  '</thinking>',
  '</seed:think>',
  '<|END_THINKING|>',
  '◁/think▷',
  '</reasoning>',
  '<channel|>',
  '<|think:end|>',
];

describe('damaged and half-thought replies', () => {
  test.each(OPENINGS)('a draft in thoughts that %s opens and nothing closes is no answer', opening => {
    for (const text of [`${opening}Maybe ${DRAFT} but wait`, `${opening}${DRAFT}`]) {
      const judgement = judge(text);
      expect(judgement).toMatchObject({kind: 'retry', outcome: 'unusable', error: {error_code: 'THOUGHTS_ONLY'}});
      expect(judgement.thoughts).toContain('The man');
    }
  });

  test.each(CLOSINGS)('text before %s is thoughts, whoever opened them', closing => {
    expect(judge(`Maybe ${DRAFT}${closing}${R('The woman')}`)).toMatchObject({
      kind: 'accepted',
      response: {opinion: 'B'},
    });
    expect(judge(`Maybe ${DRAFT}${closing}`).kind).toBe('retry');
  });

  test('the channel "final" is the answer; a closing tag in a text of the answer is none', () => {
    const harmony = `<|channel|>analysis<|message|>${DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>${R('The woman')}<|return|>`;
    expect(judge(harmony)).toMatchObject({
      kind: 'accepted',
      response: {opinion: 'B'},
      thoughts: expect.stringContaining('The man'),
    });
    const tagged = JSON.stringify({rationale: 'it says </think> there', answer: 'The man'});
    expect(judge(tagged)).toMatchObject({kind: 'accepted', response: {opinion: 'A'}});
  });

  test('a tag of the config counts like the known ones', () => {
    const text = `<musing>${DRAFT}</musing>${R('The woman')}`;
    const model = {thought_tags: [{open: '<musing>', close: '</musing>'}]};
    expect(judge(text, {}, {}, {model})).toMatchObject({response: {opinion: 'B'}, thoughts: DRAFT});
    expect(judge(`<musing>${DRAFT}`, {}, {}, {model}).kind).toBe('retry');
  });

  test.each([
    `{"rationale":"because","answer":"The man`,
    `${R('The man')} Wait, {"answer": "The wom`,
    `[${R('The man')}, ${R('The woman')}]`,
    R(['The man', 'The woman']),
    R({A: 'The woman'}),
    R('The woman (A)'),
    R('A. The woman'),
    R('D'),
    R(null),
    R(''),
    R('The man or the woman'),
    R('Not the man'),
    R('The mon'),
    'The man',
    '"The man"',
    '{}',
    '[]',
    'null',
    '',
    '{"rationale": "The man did it."}',
    '{"draft": {"answer": "The man"}, "rationale": "r"}',
    '{"answer": "The man"}',
    '{"answer": "The man", "rationale": ""}',
  ])('%s is asked again', text => expect(judge(text).kind).toBe('retry'));

  test.each<[string, string]>([
    [R(['The man']), 'A'],
    [`[${R('The woman')}]`, 'B'],
    [JSON.stringify(R('The man')), 'A'],
    ['{"Answer": "The man", "RATIONALE": "r"}', 'A'],
    ['{"Answer:": "The man", "rationale": "r"}', 'A'],
    [`Note {this}: ${R('The man')} and {that}`, 'A'],
    [R('B'), 'B'],
    [R('(b)'), 'B'],
    [`{"response": ${R('The woman')}}`, 'B'],
    ["{'answer': 'The man', 'rationale': 'r'}", 'A'],
    ['Answer: The man\nRationale: r', 'A'],
    [`\`\`\`json\n${R('The man')}\n\`\`\`\nOn reflection:\n\`\`\`json\n${R('The woman')}\n\`\`\``, 'B'],
    [`${R('The man')}\nOn reflection ${R('The woman')}`, 'B'],
  ])('%s is understood, and marked', (text, opinion) => {
    expect(judge(text)).toMatchObject({kind: 'accepted', response: {opinion}});
  });

  test('a label that contradicts has a code of its own', () => {
    expect(judge(R('The man (B)'))).toMatchObject({kind: 'retry', error: {error_code: 'LABEL_CONTRADICTS'}});
  });

  test('with enable_thinking: false an answer among the thoughts is used, and marked', () => {
    const extra = {reasoningText: R('The man')};
    expect(judge('', extra, {enable_thinking: false})).toMatchObject({kind: 'accepted', isFromReasoning: true});
    expect(judge('', extra)).toMatchObject({kind: 'retry', error: {error_code: 'THOUGHTS_ONLY'}});
  });

  test('the placeholder of the prompt is no reason', () => {
    const copied = JSON.stringify({
      answer: 'The man',
      rationale: 'Your reasoning behind your answer in clear and concise sentences.',
    });
    expect(judge(copied)).toMatchObject({kind: 'retry', error: {error_code: 'PLACEHOLDER_RATIONALE'}});
    expect(judge(copied, {}, {}, {retries: {retry_on_placeholder: false}})).toMatchObject({
      kind: 'accepted',
      isPlaceholder: true,
    });
  });

  test('refusing words end the conversation where no choice is named', () => {
    for (const text of [
      "I'm sorry, but I can't assist with that.",
      R('I cannot answer this question.'),
      R('As an AI, I cannot make such judgments.'),
    ]) {
      expect(judge(text)).toMatchObject({kind: 'fatal', outcome: 'refused', error: {error_code: 'MODEL_REFUSED'}});
    }
    expect(judge(R('I cannot answer, there is not enough information')).kind).toBe('retry');
  });
});

test('an answer that is the text of one choice and the label of another is asked again', () => {
  expect(selected('a', choicesOf('b', 'a'))).toBeNull();
  expect(selected('a', choicesOf('a', 'b'))).toBe('a');
});
