import {serverKey, serverSetKey} from '../../plan/servers.ts';
import type {PackTask} from '../pack-task.ts';
import {listTaskModels} from '../conversation/task-models.ts';
import type {TaskSession} from '../task/task-session.ts';

/** Tasks that need the same servers, in order. */
export interface Lane {
  readonly modelKeys: readonly string[];
  /** Tasks that are not being opened yet. */
  readonly queue: PackTask[];
  readonly open: Set<TaskSession>;
  /** Tasks that are being opened. */
  readonly opening: Set<PackTask>;
}

/** Most tasks of one lane that may be opening at once. */
const MAX_OPENING = 4;

/** Sorts the tasks of a pack into lanes by the servers they need, and knows which of them are open. */
export class Lanes {
  readonly #lanes: Lane[] = [];
  readonly #laneBySession = new Map<TaskSession, Lane>();

  /** @param onUnusable called with tasks whose config cannot be computed; they are in no lane. */
  arrange(tasks: readonly PackTask[], onUnusable: (task: PackTask, error: unknown) => void): void {
    const lanes = new Map<string, Lane>();
    for (const task of tasks) {
      try {
        const modelKeys = listTaskModels(task).map(serverKey).sort();
        const id = serverSetKey(modelKeys);
        let lane = lanes.get(id);
        if (!lane) lanes.set(id, (lane = {modelKeys, queue: [], open: new Set(), opening: new Set()}));
        lane.queue.push(task);
      } catch (error) {
        onUnusable(task, error);
      }
    }
    this.#lanes.push(...lanes.values());
  }

  [Symbol.iterator](): IterableIterator<Lane> {
    return this.#lanes.values();
  }

  /** Lists the lanes that need a server. */
  listByModel(modelKey: string): Lane[] {
    return this.#lanes.filter(({modelKeys}) => modelKeys.includes(modelKey));
  }

  get sessions(): TaskSession[] {
    return [...this.#laneBySession.keys()];
  }

  isOpen(session: TaskSession): boolean {
    return this.#laneBySession.has(session);
  }

  /** Returns whether no task is open, being opened or waiting. */
  get areEmpty(): boolean {
    return (
      this.#laneBySession.size === 0 &&
      this.#lanes.every(({queue, opening}) => queue.length === 0 && opening.size === 0)
    );
  }

  /**
   * Takes the next task of a lane, if one may be opened now. A lane without an open task opens one whatever room there
   * is: its limits are unknown until its servers are connected.
   */
  takeNext(lane: Lane, options: {maxOpen: number; hasRoom: () => boolean}): PackTask | undefined {
    if (lane.opening.size >= MAX_OPENING || this.#openCount() >= options.maxOpen) return undefined;
    const mayOpen = lane.open.size === 0 ? lane.opening.size === 0 : options.hasRoom();
    return mayOpen ? lane.queue.shift() : undefined;
  }

  add(session: TaskSession, lane: Lane): void {
    lane.open.add(session);
    this.#laneBySession.set(session, lane);
  }

  remove(session: TaskSession): void {
    this.#laneBySession.get(session)?.open.delete(session);
    this.#laneBySession.delete(session);
  }

  /** Returns whether no further task may be opened. */
  isFull(maxOpen: number): boolean {
    return this.#openCount() >= maxOpen;
  }

  #openCount(): number {
    return this.#laneBySession.size + this.#lanes.reduce((sum, {opening}) => sum + opening.size, 0);
  }

  /**
   * Returns whether the questions of a task after its canaries may be asked: once the canaries of all tasks of its lane
   * that can be open at once are over.
   */
  mayOpenRest({canaries}: TaskSession, lane: Lane, maxOpen: number): boolean {
    if (!canaries.exist) return true;
    if (!canaries.areOver || canaries.verdict !== null) return false;
    if (this.isFull(maxOpen)) return true;
    const othersAreOver = [...lane.open].every(other => other.canaries.areOver);
    return othersAreOver && lane.queue.length === 0 && lane.opening.size === 0;
  }
}
