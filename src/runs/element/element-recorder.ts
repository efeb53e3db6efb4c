import {hostname} from 'node:os';

import type {Clock} from '../../core/clock.ts';
import {jsonTimestamp} from '../../record/disk/timestamps.ts';
import {readElementRecord, writeElementRecord, type ElementAttempt} from '../../slurm/submission/element-file.ts';
import type {ElementJob} from './element-job.ts';

/**
 * Keeps the record of this attempt of an element: what it knows at any moment, for a job that is killed cannot tell
 * afterwards.
 */
export class ElementRecorder {
  readonly #job: ElementJob;
  readonly #clock: Clock;
  readonly #earlier: readonly ElementAttempt[];
  #attempt: ElementAttempt;
  #writing: Promise<void> = Promise.resolve();

  private constructor(job: ElementJob, clock: Clock, earlier: readonly ElementAttempt[], attempt: ElementAttempt) {
    this.#job = job;
    this.#clock = clock;
    this.#earlier = earlier;
    this.#attempt = attempt;
  }

  /** Adds an attempt to the record of the element. @throws UserError `cannot-write`. */
  static async begin(
    job: ElementJob,
    env: Readonly<Record<string, string | undefined>>,
    clock: Clock,
  ): Promise<ElementRecorder> {
    const {layout, submission, arrayJobId, element} = job;
    const record = await readElementRecord(layout.slurm(submission.grid_id).element(arrayJobId, element));
    const recorder = new ElementRecorder(job, clock, record?.attempts ?? [], {
      restart_count: job.restartCount,
      // Several nodes can share a host, as on a development cluster.
      node: env['SLURMD_NODENAME'] ?? hostname(),
      gpus: env['CUDA_VISIBLE_DEVICES'] ?? null,
      started_at: jsonTimestamp(clock.now()),
      questions: {done: 0, total: 0},
      servers: [],
    });
    await recorder.update({});
    return recorder;
  }

  get attempt(): ElementAttempt {
    return this.#attempt;
  }

  /** Changes what is known of the attempt; writes one after the other. @throws UserError `cannot-write`. */
  async update(change: Partial<ElementAttempt>): Promise<void> {
    this.#attempt = {...this.#attempt, ...change};
    const {submission, array, arrayJobId, element, tasks, layout} = this.#job;
    const turn = this.#writing.then(() =>
      writeElementRecord(layout, {
        schema: 'mac.slurm-element/1',
        grid_id: submission.grid_id,
        submission: submission.number,
        array: array.index,
        job_id: arrayJobId,
        element,
        tasks,
        attempts: [...this.#earlier, this.#attempt],
      }),
    );
    this.#writing = turn.catch(() => undefined);
    await turn;
  }

  async end(change: Partial<ElementAttempt>): Promise<void> {
    await this.update({...change, ended_at: jsonTimestamp(this.#clock.now())});
  }
}
