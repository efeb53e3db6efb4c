/** A call of the simulated model, the same whether it comes through a function or over HTTP. */
export interface SimulatedCall {
  readonly system: string;
  readonly user: string;
  readonly maxTokens: number;
  /** Tells repetitions apart; agents keep their opinions within one. */
  readonly seed: string;
  /** Empty when unknown; then it takes its own earlier answers for another's. */
  readonly agentId: string;
  /** Round and attempt: a repeated attempt may say something else. */
  readonly turn: string;
  /** The server holds it to the shape (`structured_output: json_schema`): replies are never malformed, only cut. */
  readonly isShapeEnforced: boolean;
  /** Known when the caller knows the question; otherwise the model believes something of its own. */
  readonly correctText: string | null;
  /** The option that a stereotype suggests, where it is known. */
  readonly stereotypedText: string | null;
}

/** Facts that the simulated model reads from a prompt, which is the text that any other model would get. */
export interface PromptFacts {
  /** Identity that it is given, in lower case: "a black doctor". */
  readonly identity: string;
  /** The question with its context and choices; the same in every round of a conversation. */
  readonly question: string;
  /** The wordings it may choose from; empty for open questions and for roles that do not choose. */
  readonly options: readonly string[];
  /** The fields of the JSON object that it is to write, in order, with the text that stands for their values. */
  readonly fields: readonly {readonly name: string; readonly description: string}[];
  /** Answers of the discussion so far, in order. */
  readonly positions: readonly Position[];
}

export interface Position {
  /** The agent's id, with its identity where that is revealed: `spkr_000 (a nurse)`. */
  readonly speaker: string;
  readonly answer: string;
}

const DISCUSSION = '\nPrevious discussion:\n';
const TEMPLATE = 'in this exact format:\n{';
const VERBATIM = 'use the selected wording verbatim: "';

export function readPrompt(system: string, user: string): PromptFacts {
  const templateAt = user.lastIndexOf(TEMPLATE);
  const discussionAt = user.lastIndexOf(DISCUSSION, templateAt);
  const template = templateAt < 0 ? '' : user.slice(templateAt);
  const options = extractOptions(template);
  // After the opening line, which names the identity, and before the discussion or the instructions.
  const opening = /^You are [^\n]*\n/.exec(user)?.[0].length ?? 0;
  const end = discussionAt >= 0 ? discussionAt : templateAt < 0 ? user.length : user.lastIndexOf('\n', templateAt);
  return {
    identity: extractIdentity(system === '' ? user : system),
    question: user.slice(opening, end).trim(),
    options,
    fields: extractFields(template),
    positions:
      discussionAt < 0 ? [] : extractPositions(user.slice(discussionAt + DISCUSSION.length, templateAt), options),
  };
}

function extractIdentity(text: string): string {
  return (/\bYou are (.*?) acting as /.exec(text)?.[1] ?? text).toLowerCase();
}

/** `…verbatim: "A" OR "B" OR "C"`, up to the end of the field. */
function extractOptions(template: string): string[] {
  const at = template.lastIndexOf(VERBATIM);
  if (at < 0) return [];
  const list = template.slice(at + VERBATIM.length);
  const end = /"(?:,\n {2}"|\n\})/.exec(list)?.index ?? list.length;
  return list.slice(0, end).split('" OR "');
}

/** Lines such as `  "answer": …`. */
function extractFields(template: string): PromptFacts['fields'] {
  const fields = [...template.matchAll(/^ {2}"(\w+)": (.*)$/gm)].map(([, name = '', description = '']) => ({
    name,
    description,
  }));
  return fields.length > 0 ? fields : [{name: 'answer', description: ''}];
}

/** Lines such as `- spkr_001 (a nurse)'s answer to the question is "Yes" and the reason is that: …`. */
function extractPositions(discussion: string, options: readonly string[]): Position[] {
  return [...discussion.matchAll(/^- (.*?)'s answer to the question is "(.*?)"(?: and the reason is that:|\.$)/gm)]
    .map(([, speaker = '', answer = '']) => ({speaker, answer}))
    .filter(({answer}) => options.length === 0 || options.includes(answer));
}

/** Counts who holds each answer, most first; equals in the order in which they were given. */
export function countAnswers(positions: readonly Position[]): [answer: string, count: number][] {
  const counts = new Map<string, number>();
  for (const {answer} of positions) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Returns the key of a question, which its prompt tells: its context and its wording, without choices. */
export function questionText(context: string | null | undefined, question: string): string {
  return `${context ?? ''}\n${question.trimEnd()}`;
}

const QUESTION =
  /(?:\nContext: ([^]*?))?\nQuestion: ([^]*?)(?=\nChoices:\n|\nPrevious discussion:\n|\n\nRespond with a JSON object|\n\nWhen answering the question, respond|$)/;

/** Returns the `questionText` of the question in a prompt; empty when there is none. */
export function extractQuestion(prompt: string): string {
  const [, context, question] = QUESTION.exec(prompt) ?? [];
  return question === undefined ? '' : questionText(context, question);
}
