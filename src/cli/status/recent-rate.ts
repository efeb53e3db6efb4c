/** Work that one attempt of a task has done. */
export interface AttemptWork {
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  /** Its end; now, while it runs. */
  readonly toMs: number;
  /** Questions that this attempt finished, without those it found done. */
  readonly questions: number;
}

export interface RecentRate {
  /** Questions a second. */
  readonly perSecond: number;
  /** True when enough was seen to predict the time left. */
  readonly isSteady: boolean;
}

/** The period that counts as recent: an hour ago other tasks ran, on other nodes. */
const WINDOW_MS = 15 * 60_000;

/** With less than this, no rate is given … */
const MIN_SAMPLE = {seconds: 10, questions: 3};
/** … and with less than this, no time left. */
const STEADY_SAMPLE = {seconds: 60, questions: 20};

/**
 * Returns questions per second over the recent past, of all tasks together, also finished ones: a job runs one after
 * another. Assumes that the questions of an attempt are spread evenly over it. Idle time does not count. Pure.
 *
 * @returns null when too little is known.
 */
export function computeRecentRate(attempts: readonly AttemptWork[], nowMs: number): RecentRate | null {
  const startMs = nowMs - WINDOW_MS;
  const recent = attempts
    .filter(({fromMs, toMs}) => toMs > startMs && toMs > fromMs && fromMs < nowMs)
    .map(({fromMs, toMs, questions}) => {
      const from = Math.max(fromMs, startMs);
      return {from, to: toMs, questions: (Math.max(0, questions) * (toMs - from)) / (toMs - fromMs)};
    })
    .sort((a, b) => a.from - b.from);
  let questions = 0;
  let atWorkMs = 0;
  let coveredMs = startMs;
  for (const {from, to, questions: some} of recent) {
    questions += some;
    atWorkMs += Math.max(0, to - Math.max(from, coveredMs));
    coveredMs = Math.max(coveredMs, to);
  }
  const seconds = atWorkMs / 1000;
  if (seconds < MIN_SAMPLE.seconds || questions < MIN_SAMPLE.questions) return null;
  return {
    perSecond: questions / seconds,
    isSteady: seconds >= STEADY_SAMPLE.seconds && questions >= STEADY_SAMPLE.questions,
  };
}
