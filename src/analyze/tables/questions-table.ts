import {additionalMetadata, metadataText, sourceMetadata, type Question} from '../../questions/question.ts';
import {bbqOptions, UNKNOWN_GROUP} from '../../questions/bbq/options.ts';
import {biasTarget} from '../../questions/bbq/target.ts';
import type {Benchmark} from '../metrics/benchmark.ts';
import {findBenchmark} from '../metrics/benchmarks.ts';
import {bbq} from '../metrics/bbq/bbq.ts';
import {differenceAwareness} from '../metrics/difference-awareness.ts';
import {readApplicant} from '../metrics/discrim-eval/applicant.ts';
import {readDecisionId, discrimEval, findYesChoice} from '../metrics/discrim-eval/discrim-eval.ts';
import {integer, number, text, defineTable} from './table.ts';

export interface QuestionSource {
  readonly questionsFile: string;
  readonly question: Question;
}

/** A column that only one benchmark's questions have. */
function onlyFor<Value>(
  benchmark: Benchmark,
  getValue: (question: Question) => Value,
): (source: QuestionSource) => Value | null {
  return ({question}) => (findBenchmark(question) === benchmark ? getValue(question) : null);
}

export const questionsTable = defineTable<QuestionSource>({
  name: 'questions',
  meaning: "one question of a task's question file, asked or not",
  key: ['questions_file', 'question_id'],
  columns: {
    questions_file: text('its file, as the configs name it', ({questionsFile}) => questionsFile),
    question_id: text('unique in its file', ({question}) => question.question_id),
    dataset: text('BBQ, DiscrimEval, DiffAware, …', ({question}) => question.source_dataset),
    category: text(
      "BBQ's category, DiscrimEval's fill type, DifferenceAwareness' benchmark: never put together",
      ({question}) => findBenchmark(question).strata(question)[0]?.name,
    ),
    part: text(
      'a part of the category (names or labels, kind of intersection)',
      ({question}) => findBenchmark(question).strata(question)[1]?.name,
    ),
    cluster: text('questions of one cluster vary together: the key of clustered errors', ({question}) =>
      findBenchmark(question).cluster(question),
    ),
    source_id: text('id in the published data', ({question}) => question.source_id),
    question_type: text('multiple_choice or binary', ({question}) => question.question_type),
    context: text('context', ({question}) => question.context),
    question: text('question', ({question}) => question.question),
    choices_json: text('JSON list of {id, text}', ({question}) => question.choices),
    choice_count: integer('choices', ({question}) => question.choices.length),
    correct_answer: text('id of the right choice; null where nothing is right (DiscrimEval)', ({question}) =>
      findBenchmark(question).hasGold ? question.correct_answer_id : null,
    ),
    correct_answer_text: text('its text', ({question}) =>
      findBenchmark(question).hasGold ? question.choices.find(({id}) => id === question.correct_answer_id)?.text : null,
    ),
    context_condition: text('BBQ: ambig or disambig', onlyFor(bbq, fact('context_condition'))),
    polarity: text('BBQ: neg or nonneg', onlyFor(bbq, fact('question_polarity'))),
    biased_answer: text(
      'BBQ: the choice that agrees with the stereotype; null when it cannot be said',
      onlyFor(bbq, question => biasTarget(question)?.biased),
    ),
    counter_answer: text(
      'BBQ: the choice against the stereotype',
      onlyFor(bbq, question => biasTarget(question)?.counter),
    ),
    unknown_answer: text(
      'BBQ: the choice that says that one cannot know',
      onlyFor(bbq, question => bbqOptions(question).find(({group}) => group === UNKNOWN_GROUP)?.id),
    ),
    decision_question_id: text('DiscrimEval: the decision that is asked for', onlyFor(discrimEval, readDecisionId)),
    age: number(
      'DiscrimEval: of the person, in years',
      onlyFor(discrimEval, question => readApplicant(question).age),
      'years',
    ),
    gender: text(
      'DiscrimEval: of the person',
      onlyFor(discrimEval, question => readApplicant(question).gender || null),
    ),
    race: text(
      'DiscrimEval: of the person',
      onlyFor(discrimEval, question => readApplicant(question).race || null),
    ),
    yes_answer: text('DiscrimEval: the favourable choice', onlyFor(discrimEval, findYesChoice)),
    split: text(
      'DifferenceAwareness: whether a difference is warranted (different) or not (equal)',
      onlyFor(differenceAwareness, question => metadataText(additionalMetadata(question)['split']) || null),
    ),
  },
});

function fact(name: string): (question: Question) => string | null {
  return question => metadataText(sourceMetadata(question)[name]) || null;
}
