/** Written by the process that evaluates a suite. */
export type Evaluated =
  | {readonly kind: 'suite'; readonly data: object}
  /** Nothing that its file exports came from `defineSuite`. */
  | {readonly kind: 'no-suite'}
  | {readonly kind: 'failed'; readonly reason: string};
