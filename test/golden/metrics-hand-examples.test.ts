import {clusteredMean} from '../support/clustered-mean.ts';
import {mcnemarExact} from '../../src/analyze/statistics/p-values.ts';
import {testLinearised} from '../../src/analyze/statistics/linearised.ts';
import {wilson} from '../../src/analyze/statistics/clustered-proportion.ts';
import {biasTarget} from '../../src/questions/bbq/target.ts';
import {aQuestion, bbqQuestion, diffAwareQuestion, discrimEvalQuestion, letter} from '../analyze/a-question.ts';
import {discussionOf, score, singleAnswers} from '../analyze/score.ts';
import {goldenTally, type Tally} from '../support/golden-tally.ts';
import {pairedDifference} from '../analyze/statistics/paired-difference.ts';

goldenTally('hand-examples.json', (golden, tally) => {
  checkBbq(golden.bbq, tally);
  checkDiffAware(golden.diffaware, tally);
  checkDiscrimEval(golden.discrimeval, tally);
  checkDiscussion(golden.discussion, tally);
  checkStatistics(golden.statistics, tally);
});

function checkBbq({rows, biased_answer_index: biased, expected, edge_cases: edges}: any, tally: Tally): void {
  const answered = rows.map(([id, context, polarity, stereotyped, groups, gold, answer]: any) => [
    bbqQuestion({id, context, polarity, stereotyped, groups, gold}),
    letter(answer),
  ]);
  for (const [question] of answered) {
    const target = biasTarget(question)!.biased;
    tally.value(`bbq ${question.question_id} target`, 'ABC'.indexOf(target), biased[question.question_id]);
  }
  const {get, counted} = score(singleAnswers(answered));
  const kinds = (context: string, kind: string): number =>
    counted(`${context}_${kind}_neg`) + counted(`${context}_${kind}_nonneg`);
  for (const context of ['ambig', 'disambig']) {
    const wanted = expected[context];
    const check = (field: string, actual: number | null): void =>
      tally.value(`bbq ${context} ${field}`, actual, wanted[field]);
    check('n', counted(`${context}_n`));
    check('excluded', counted(`${context}_invalid`));
    check('correct', counted(`${context}_correct`));
    check('accuracy', get(`accuracy_${context}`).value);
    check('unknown', counted(`${context}_unknown`));
    check('non_unknown', kinds(context, 'biased') + kinds(context, 'counter'));
    check('biased', kinds(context, 'biased'));
  }
  const named = kinds('ambig', 'biased') + kinds('ambig', 'counter');
  tally.value('bbq s', (2 * kinds('ambig', 'biased')) / named - 1, expected.ambig.s);
  tally.value('bbq s_amb', get('s_amb').value, expected.ambig.s_amb);
  tally.value('bbq s_dis', get('s_dis').value, expected.disambig.s_dis);
  for (const kind of ['aligned', 'nonaligned']) {
    tally.value(`bbq ${kind} correct`, counted(`${kind}_correct`), expected.disambig[kind][0]);
    tally.value(`bbq ${kind} n`, counted(`${kind}_n`), expected.disambig[kind][1]);
  }
  tally.value('bbq cost', get('accuracy_cost').value, expected.disambig.accuracy_cost_of_nonalignment);
  const [allUnknown, allCounter] = edges;
  const disambiguated = answered
    .map(([question]: any) => question)
    .filter((question: any) => question.source_metadata.context_condition === 'disambig');
  const unknown = score(singleAnswers(disambiguated.map((question: any) => [question, 'C'])));
  tally.value('bbq all unknown', unknown.get('s_dis').value, allUnknown.s);
  tally.value('bbq all unknown, named', unknown.get('s_dis').n, allUnknown.non_unknown);
  const counter = score(singleAnswers(disambiguated.map((question: any) => [question, biasTarget(question)!.counter])));
  tally.value('bbq all counter', counter.get('s_dis').value, allCounter.s);
}

function checkDiffAware({rows, expected}: any, tally: Tally): void {
  const answered = rows.map(([split, gold, answer]: any, i: number) => [
    diffAwareQuestion(`diffAware_d1_${i}`, split, gold),
    answer,
  ]);
  const {get, counted} = score(singleAnswers(answered));
  for (const field of ['A', 'B', 'C', 'D', 'E', 'F'])
    tally.value(`diffaware ${field}`, counted(field), expected[field]);
  tally.value('diffaware excluded', counted('invalid_different') + counted('invalid_equal'), expected.excluded);
  tally.value('DiffAware', get('diff_aware').value, expected.DiffAware);
  tally.value('CtxtAware', get('ctxt_aware').value, expected.CtxtAware);
  const correct = counted('A') + counted('F');
  const all = ['A', 'B', 'C', 'D', 'E', 'F'].reduce((sum, field) => sum + counted(field), 0);
  tally.value('diffaware accuracy', correct / all, expected.accuracy);
}

function checkDiscrimEval({rows, expected}: any, tally: Tally): void {
  const answered = rows.map(([decision, age, gender, race, yes]: any, i: number) => [
    discrimEvalQuestion(`discrimEval_explicit_${i}`, {decision, age, gender, race}),
    yes ? 'A' : 'B',
  ]);
  const {get, counted} = score(singleAnswers(answered));
  const rate = (group: string): number => counted(`yes:${group}`) / counted(`n:${group}`);
  tally.value('rate white', rate('race_white'), expected.rate_white);
  tally.value('rate Black', rate('race_Black'), expected.rate_Black);
  tally.value('rate male', rate('gender_male'), expected.rate_male);
  tally.value('rate female', rate('gender_female'), expected.rate_female);
  tally.value('rate 60', rate('age_60'), expected.rate_age60);
  tally.value('rate younger', rate('age_below_60'), expected.rate_age_lt_60);
  tally.value('gap Black', get('gap_black').value, expected.gap_white_minus_Black);
  tally.value('gap female', get('gap_female').value, expected.gap_male_minus_female);
  tally.value('gap younger', get('gap_age_below_60').value, expected.gap_60_minus_lt60);
  const {Black, female, age30} = expected.question_fixed_effects_linear;
  tally.value('effect Black', get('effect_black').value, Black);
  tally.value('effect female', get('effect_female').value, female);
  tally.value('effect age 30', get('effect_age_per_10_years').value! * -3, age30);
  tally.value('log odds Black', get('log_odds_black').value, expected.smoothed_logodds_Black_minus_white);
}

function checkDiscussion({answers, expected}: any, tally: Tally): void {
  const discussions = Object.entries<any>(answers).map(([id, {gold, ...agents}]) =>
    discussionOf(
      aQuestion(id, {texts: ['one', 'two', 'three'], correct_answer_id: gold}),
      Object.fromEntries(Object.entries<string>(agents).map(([agent, said]) => [agent, Array.from(said)])),
    ),
  );
  for (const round of [0, 1, 2]) {
    const scored = score(discussions, {round});
    tally.value(`consensus ${round}`, scored.get('consensus').value, expected.consensus_rate_by_round[round]);
    tally.value(`entropy ${round}`, scored.get('entropy').value, expected.mean_entropy_bits_by_round[round]);
    tally.value(`individual ${round}`, scored.get('accuracy').value, expected.individual_accuracy_by_round[round]);
    tally.value(`majority ${round}`, scored.get('majority_correct').value, expected.majority_accuracy_by_round[round]);
  }
  const {get, table} = score(discussions);
  const totals = table.totals();
  tally.value('wrong consensus', get('consensus_wrong').value, expected.wrong_consensus_final);
  tally.value('flips', get('flip_rate').counts['steps/flips'], expected.flips);
  tally.value('steps', get('flip_rate').n, expected.flip_opportunities);
  tally.value('flip rate', get('flip_rate').value, expected.flip_rate);
  expected.flip_rate_by_step.forEach((rate: number, round: number) => {
    const [flips, steps] = ['flips', 'steps'].map(column => totals.get(`steps@${round}/${column}`)!);
    tally.value(`flip rate ${round}`, flips! / steps!, rate);
  });
  for (const kind of ['wrong_to_correct', 'correct_to_wrong', 'wrong_to_wrong']) {
    tally.value(kind, totals.get(`steps/${kind}`) ?? 0, expected[kind]);
  }
  const conformity = get('conformity');
  tally.value('opposed', conformity.n, expected.conformity_unanimous_opposing_peers.opportunities);
  tally.value('adopted', conformity.counts['steps/adopted'], expected.conformity_unanimous_opposing_peers.adopted);
  tally.value('conformity', conformity.value, expected.conformity_unanimous_opposing_peers.rate);
  for (const [agent, [influenced, chances]] of Object.entries<any>(expected.influence_by_source)) {
    const {n, value} = get(`influence:agent:${agent}`);
    tally.value(`influence ${agent} of`, n, chances);
    tally.value(`influence ${agent}`, value! * n, influenced);
  }
}

function checkStatistics({clustered, paired, wilson95}: any, tally: Tally): void {
  const clusters = Object.values<number[]>(clustered.clusters);
  const {mean, standardError} = clusteredMean(clusters);
  tally.value('clustered mean', mean, clustered.mean);
  tally.value('clustered error', standardError, clustered.se_cluster_corrected_C_over_C_minus_1);
  tally.value(
    'error of single rows',
    clusteredMean(clusters.flat().map(value => [value])).standardError,
    clustered.se_clt,
  );
  const uncorrected = standardError! / Math.sqrt(clusters.length / (clusters.length - 1));
  tally.value('error without the factor', uncorrected, clustered.se_miller_appendix_no_correction);
  const pairs = paired.a.map((first: number, i: number) => ({cluster: String(i), first, second: paired.b[i]}));
  const difference = pairedDifference(pairs);
  tally.value('paired difference', difference.value, paired.mean_difference);
  tally.value('paired error', testLinearised(difference).standardError, paired.se_paired);
  const [onlyA, onlyB] = paired.mcnemar_b_c;
  const only = (side: (pair: any) => boolean): number => pairs.filter(side).length;
  tally.value(
    'only a',
    only(({first, second}) => first > second),
    onlyA,
  );
  tally.value(
    'only b',
    only(({first, second}) => first < second),
    onlyB,
  );
  tally.value('McNemar', mcnemarExact(onlyA, onlyB), paired.mcnemar_exact_p);
  [
    ['5_of_8', 5, 8],
    ['0_of_20', 0, 20],
  ].forEach(([name, successes, n]: any) =>
    wilson(successes, n).forEach((end, i) => tally.value(`Wilson ${name} ${i}`, end, wilson95[name][i])),
  );
}
