import type {Judgement} from '../task/bundle.ts';
import type {Values} from '../values/parameter.ts';

/** An example that a candidate was scored on, as a proposer sees it. */
export interface Evidence {
  readonly input: unknown;
  readonly judgement: Judgement;
  /** The number that trainers compare: the judgement's score, or its weighted metrics. */
  readonly score: number;
}

export interface ProposalRequest {
  /** Of the candidate that is to be improved. */
  readonly values: Values;
  readonly evidence: readonly Evidence[];
  /** From 0, of all proposals that this job asks for. */
  readonly number: number;
  readonly signal: AbortSignal;
}

/** A proposal: other values; or none, because the proposer is content, or its reply could not be used. */
export type Proposal =
  | {readonly kind: 'values'; readonly values: Values; readonly reasoning?: string}
  | {readonly kind: 'none'; readonly why: 'terminated' | 'nothing-to-try'}
  | {readonly kind: 'unusable'; readonly problem: string};

/** Suggests how to change the trainable values of a task: what the seed systems call an optimizer. */
export interface Proposer {
  /** As in the registry. */
  readonly id: string;
  propose(request: ProposalRequest): Promise<Proposal>;
  /** Is told how values did, by the mean of their examples. */
  remember?(tried: {readonly values: Values; readonly score: number; readonly feedback: string}): void;
}

/** Never suggests anything: the proposer of stub mode. */
export const stubProposer: Proposer = {
  id: 'mac.StubProposer',
  propose: () => Promise.resolve({kind: 'none', why: 'terminated'}),
};
