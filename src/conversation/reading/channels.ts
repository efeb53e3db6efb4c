/** A reply whose parts say what they are. */
export interface Channels {
  readonly answer: string;
  readonly thoughts: string;
}

const CHANNEL = '<|channel|>';
const HEADER = /<\|channel\|>\s*(\w*)/g;
const BODY_END = /<\|(?:end|return|call|start|channel|eom|eot)\|>/;

/**
 * Splits a reply in OpenAI's harmony format (gpt-oss): only the text of the channel `final` is the answer; `analysis`,
 * `commentary` and what comes before the first channel are thoughts. Undefined when the text has no channels.
 */
export function splitChannels(text: string): Channels | undefined {
  const headers = [...text.matchAll(HEADER)];
  if (headers.length === 0) return splitUnmarked(text);
  const answers: string[] = [];
  const thoughts: string[] = [text.slice(0, text.indexOf(CHANNEL)).replace(/<\|start\|>\s*\w*\s*$/, '')];
  for (const [i, header] of headers.entries()) {
    const section = text.slice(header.index + header[0].length, headers[i + 1]?.index);
    const message = section.indexOf('<|message|>');
    const body = message < 0 ? section : section.slice(message + '<|message|>'.length);
    const end = body.search(BODY_END);
    (header[1]?.toLowerCase() === 'final' ? answers : thoughts).push(end < 0 ? body : body.slice(0, end));
  }
  return {answer: answers.at(-1) ?? '', thoughts: joinThoughts(thoughts)};
}

/** Splits a reply whose marks a server dropped, leaving the channels' names: "analysisWe need … assistantfinal{…}". */
function splitUnmarked(text: string): Channels | undefined {
  const marked = /^\s*analysis(?![:\s]*[:{[])(?=\s|[\p{L}"'“(])/u.exec(text);
  const message = /^\s*(?:assistant)?final(?=\s*[{"[])/.exec(text);
  if (message) return {answer: text.slice(message[0].length), thoughts: ''};
  if (!marked) return undefined;
  const final = text.lastIndexOf('assistantfinal');
  if (final < 0) return {answer: '', thoughts: text.slice(marked[0].length).trim()};
  return {
    answer: text.slice(final + 'assistantfinal'.length),
    thoughts: text.slice(marked[0].length, final).trim(),
  };
}

/** Returns thoughts as one text, without the empty ones. */
export function joinThoughts(thoughts: readonly string[]): string {
  return thoughts
    .map(thought => thought.trim())
    .filter(thought => thought !== '')
    .join('\n\n');
}
