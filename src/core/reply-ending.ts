/**
 * The end of a reply, as far as the server tells: `complete`; cut at `max-tokens`; cut because the context was full
 * (`context-full`); ended by the server for reasons of its own (`interrupted`: abort, error); stopped by a content
 * filter (`filtered`); the model declined (`refused`); or the server dropped a part of the prompt before the model saw
 * it (`prompt-truncated`).
 */
export type ReplyEnding =
  'complete' | 'max-tokens' | 'context-full' | 'interrupted' | 'filtered' | 'refused' | 'prompt-truncated';
