import {basicSearch} from './basic-search.ts';
import {beamsearch} from './beamsearch.ts';
import {gepaBase, gepaBeam, gepaUcb} from './gepa.ts';
import {minibatch} from './minibatch.ts';
import {noOp} from './no-op.ts';
import {beamSearch, prioritySearch, sequentialSearch, sequentialUpdate} from './priority-search.ts';
import type {Trainer} from './search.ts';
import {ucbSearch} from './ucb-search.ts';

/** The native trainers by their ids in the registry. */
export const NATIVE_TRAINERS: Readonly<Record<string, Trainer>> = {
  NoOpTrainer: noOp,
  Minibatch: minibatch,
  BasicSearch: basicSearch,
  Beamsearch: beamsearch,
  UCBSearch: ucbSearch,
  PrioritySearch: prioritySearch,
  SequentialUpdate: sequentialUpdate,
  SequentialSearch: sequentialSearch,
  BeamSearch: beamSearch,
  'GEPA-Base': gepaBase,
  'GEPA-UCB': gepaUcb,
  'GEPA-Beam': gepaBeam,
};
