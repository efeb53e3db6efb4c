/** Changes of answers, in the order in which they are shown. */
export const FLIP_KINDS: Readonly<Record<string, string>> = {
  flip_rate: 'any change',
  flip_correct_to_wrong: 'right to wrong',
  flip_wrong_to_correct: 'wrong to right',
  flip_wrong_to_wrong: 'wrong to wrong',
  flip_to_biased: 'to the stereotype',
  flip_to_counter: 'against the stereotype',
  flip_to_unknown: 'to "unknown"',
};

/** Of figures and tables that put tasks together, some of which have their peers hidden. */
export const MIXED_WITH_CONTROL =
  'Tasks with peers_hidden, a control in which agents never see each other, are among those put together here.';
