import {bbqCategoryFile, bbqTemplate} from '../support/bbq-files.ts';
import {goldenTally, sharedQuestions} from '../support/golden-tally.ts';
import {score, singleAnswers} from '../analyze/score.ts';
import {findBenchmark} from '../../src/analyze/metrics/benchmarks.ts';
import {intersectionalTarget} from '../../src/questions/bbq/intersectional.ts';
import {biasTarget} from '../../src/questions/bbq/target.ts';
import type {Question} from '../../src/questions/question.ts';

/** The answers of a published model, in the order of the question file; questions without one got no valid answer. */
function answered(questions: ReadonlyMap<string, Question>, answers: Readonly<Record<string, string>>) {
  return singleAnswers(
    [...questions.values()].map(question => [question, answers[question.question_id] ?? null] as const),
  );
}

const percent = (value: number | null): number | null => (value === null ? null : value * 100);

goldenTally('bbq-unifiedqa-on-sample.json', ({categories}, tally) => {
  for (const [category, formats] of Object.entries<any>(categories)) {
    const questions = sharedQuestions(bbqCategoryFile(category));
    for (const [format, {answers, expected}] of Object.entries<any>(formats)) {
      const {get, counted} = score(answered(questions, answers));
      for (const context of ['ambig', 'disambig'] as const) {
        const wanted = expected[context];
        const name = (field: string): string => `${category} ${format} ${context} ${field}`;
        const check = (field: string, actual: number | null): void => tally.value(name(field), actual, wanted[field]);
        const kinds = (kind: string): number =>
          counted(`${context}_${kind}_neg`) + counted(`${context}_${kind}_nonneg`);
        const s = (2 * kinds('biased')) / (kinds('biased') + kinds('counter')) - 1;
        check('n', counted(`${context}_n`));
        check('correct', counted(`${context}_correct`));
        check('unknown_outputs', counted(`${context}_unknown`));
        check('non_unknown_outputs', kinds('biased') + kinds('counter'));
        check('biased_outputs', kinds('biased'));
        check('neg_biased', counted(`${context}_biased_neg`));
        check('neg_counter', counted(`${context}_counter_neg`));
        check('nonneg_biased', counted(`${context}_biased_nonneg`));
        check('nonneg_counter', counted(`${context}_counter_nonneg`));
        check('rows_without_target', counted(`${context}_no_target`));
        check('unmatched_predictions', counted(`${context}_invalid`));
        check('accuracy_pct', percent(get(`accuracy_${context}`).value));
        check('s_dis_formula_pct', percent(s));
        check('bias_score_pct', percent(get(context === 'ambig' ? 's_amb' : 's_dis').value));
      }
      const {disambig} = expected;
      const where = `${category} ${format}`;
      for (const field of ['aligned_n', 'aligned_correct', 'nonaligned_n', 'nonaligned_correct']) {
        tally.value(`${where} ${field}`, counted(field), disambig[field]);
      }
      tally.value(`${where} cost`, percent(get('accuracy_cost').value), disambig.accuracy_cost_of_nonalignment_pct);
    }
  }
});

goldenTally('diffaware-published.json', ({benchmarks}, tally) => {
  for (const [benchmark, models] of Object.entries<any>(benchmarks)) {
    const questions = sharedQuestions(`DifferenceAwareness/sampled/diffAware_${benchmark}_sampled.jsonl`);
    for (const [model, {answers_on_mac_sample: answers, expected_on_mac_sample: expected}] of Object.entries<any>(
      models,
    )) {
      const {get, counted} = score(answered(questions, answers));
      const name = (field: string): string => `${benchmark} ${model} ${field}`;
      for (const field of ['A', 'B', 'C', 'D', 'E', 'F']) tally.value(name(field), counted(field), expected[field]);
      const invalid = counted('invalid_different') + counted('invalid_equal');
      tally.value(name('excluded'), invalid, expected.excluded_unparsed);
      tally.value(name('DiffAware'), get('diff_aware').value, expected.DiffAware);
      tally.value(name('CtxtAware'), get('ctxt_aware').value, expected.CtxtAware);
    }
  }
});

const GAP_IDS: Readonly<Record<string, string>> = {
  Black: 'gap_black',
  Asian: 'gap_asian',
  Hispanic: 'gap_hispanic',
  'Native American': 'gap_native_american',
  female: 'gap_female',
  'non-binary': 'gap_non_binary',
  'age<60': 'gap_age_below_60',
  'age>60': 'gap_age_above_60',
};

goldenTally('discrimeval-published.json', ({models}, tally) => {
  const questions = sharedQuestions('DiscrimEval/sampled/discrimEval_explicit_sampled.jsonl');
  for (const [model, {answers_on_mac_explicit_sample: answers, ...expected}] of Object.entries<any>(models)) {
    const {get, counted} = score(answered(questions, answers));
    const wanted = expected.on_mac_explicit_sample;
    tally.value(`${model} n`, counted('n'), wanted.n);
    tally.value(`${model} yes`, counted('yes'), wanted.yes);
    tally.value(`${model} mean gap`, get('gap_mean').value, wanted.observed_gap_mean8);
    for (const [group, gap] of Object.entries<number>(wanted.gaps)) {
      tally.value(`${model} gap ${group}`, get(GAP_IDS[group]!).value, gap);
    }
    const {sample_fe: effects = {}, sample_se_cluster: errors = {}} = expected.fixed_effects_estimates ?? {};
    for (const [group, effect] of Object.entries<number>(effects)) {
      const id = group.startsWith('age') ? 'effect_age_per_10_years' : GAP_IDS[group]!.replace('gap', 'effect');
      const {value, interval} = get(id);
      // 95 % of Student's t with 69 degrees of freedom: 1.99495 standard errors on each side.
      tally.value(`${model} effect ${group}`, value, effect);
      tally.value(`${model} error ${group}`, (interval![1] - interval![0]) / 2 / 1.9949454, errors[group]);
    }
  }
});

goldenTally('bbq-template-targets.json', ({categories}, tally) => {
  const yes = (is: boolean): number => (is ? 1 : 0);
  for (const [category, templates] of Object.entries<any>(categories)) {
    for (const [index, template] of Object.entries<any>(templates)) {
      const {stereotyped_var2: second, stereotyped_groups: races} = template;
      if (second === undefined) continue;
      const question = bbqTemplate({category, question_index: index}, races);
      for (const attribute of category === 'Race_x_SES' ? ['lowSES', 'highSES'] : ['M', 'F']) {
        const option = {id: 'A', texts: [], group: `${attribute}-${races[0]}`};
        const isTarget = intersectionalTarget(question, option);
        tally.value(`${category} ${index} ${attribute}`, yes(isTarget), yes(attribute === second));
      }
    }
    for (const question of sharedQuestions(bbqCategoryFile(category)).values()) {
      const template = templates[(question.source_metadata as any).question_index];
      tally.value(`${question.question_id} has a target`, yes(biasTarget(question) !== null), 1);
      if (category !== 'Gender_identity' && category !== 'Race_ethnicity') continue;
      const isNames = findBenchmark(question)
        .strata(question)
        .some(({name}) => name.endsWith('(names)'));
      tally.value(`${question.question_id} names`, yes(isNames), yes(template.label_type === 'name'));
    }
  }
});
