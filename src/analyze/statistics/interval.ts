/** Confidence level of every interval in this project. */
export const CONFIDENCE = 0.95;

/** The two-sided tail on each side: 0.025. */
export const TAIL = (1 - CONFIDENCE) / 2;

/** A confidence interval, both ends included. */
export type Interval = readonly [low: number, high: number];
