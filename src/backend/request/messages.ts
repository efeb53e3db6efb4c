import type {ChatRequest} from '../backend.ts';

/** Reminder that chat backends append to every prompt, as the older system did. */
export const JSON_REMINDER =
  '\n\nYou must respond with valid JSON only. Do not include any text outside the JSON object.';

export interface ChatMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

/** Returns the two messages of a chat call; one where the model's template refuses a system role. */
export function chatMessages({system, user}: Pick<ChatRequest, 'system' | 'user'>, systemRole = true): ChatMessage[] {
  const content = user + JSON_REMINDER;
  return systemRole
    ? [
        {role: 'system', content: system},
        {role: 'user', content},
      ]
    : [{role: 'user', content: `${system}\n\n${content}`}];
}

/** Returns the single prompt of a completion call (Ollama's generate). */
export function completionPrompt({system, user}: Pick<ChatRequest, 'system' | 'user'>): string {
  return `${system}\n\n${user}`;
}

/** Some servers stream unless told not to. */
export const NO_STREAMING = {stream: false};

/** Returns the `response_format` that makes an OpenAI-compatible server hold a reply to a JSON Schema. */
export function schemaFormat(schema: object): object {
  return {type: 'json_schema', json_schema: {name: 'answer', schema, strict: true}};
}
