import {benchProjector} from './bench/bench.ts';
import type {Projector} from './projector.ts';
import {studyProjector} from './study/study-projector.ts';
import {suiteProjector} from './suite/suite-projector.ts';

/** The projectors, one a kind of trials. */
const PROJECTORS: readonly Projector[] = [benchProjector, studyProjector, suiteProjector];

/** Returns the projector of a kind of trials; undefined when it has no files of its own. */
export function findProjector(kind: string): Projector | undefined {
  return PROJECTORS.find(projector => projector.kind === kind);
}
