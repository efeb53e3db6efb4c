import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';

import {evaluateRun} from '../../../src/analyze/presets/evaluate.ts';
import {findPreset, listPresets} from '../../../src/analyze/presets/presets.ts';
import {eventLines, writeRun} from './a-run.ts';

type Json = Record<string, any>;

async function evaluate(
  name: string,
  runDir: string,
  options: {readonly carriesForward?: boolean; readonly output?: string} = {},
): Promise<Json> {
  const {carriesForward = false, output = join(dirname(runDir), 'out', 'eval.json')} = options;
  await evaluateRun(findPreset(name), {
    runDir,
    output,
    postprocessors: [],
    carriesForward,
    timeoutMs: 0,
    cwd: dirname(runDir),
  });
  return JSON.parse(readFileSync(output, 'utf8')) as Json;
}

describe('summaries', () => {
  test('activity_summary counts events, users, episodes and actions', async () => {
    const json = await evaluate('activity_summary', writeRun());
    expect(json).toMatchObject({
      schema: 'mac.evaluation/1',
      preset: 'builtin.activity_summary',
      summary_type: 'activity',
      source_file: 'action_events.jsonl',
      torn_lines: 0,
      total_events: 6,
      total_action_events: 6,
      unique_users: ['ann', 'bob'],
      num_unique_users: 2,
      episodes_seen: [1, 3, 4],
      num_episodes_seen: 3,
      action_counts: {like: 2, post: 3, reply: 1},
      top_labels: [
        ['post', 3],
        ['like', 2],
        ['reply', 1],
      ],
    });
    expect(json['aggregated']).toEqual({
      events: 6,
      actions: 6,
      users: 2,
      episodes: 3,
      'count.like': 2,
      'count.post': 3,
      'count.reply': 1,
    });
  });

  test('activity_summary names the 20 most frequent labels, equally frequent ones in alphabetical order', async () => {
    const labels = Array.from({length: 25}, (_, i) => `label ${String(i).padStart(2, '0')}`);
    const rows = labels.toReversed().map(label => [label, 'ann', 0] as const);
    const json = await evaluate('activity_summary', writeRun({actions: eventLines('action', rows)}));
    expect(json['top_labels']).toEqual(labels.slice(0, 20).map(label => [label, 1]));
  });

  test('neither the system nor an event without an agent is a user', async () => {
    const rows = [
      ['start', 'System', 0],
      ['post', ' ', 0],
      ['post', 'ann', 0],
    ] as const;
    const json = await evaluate('activity_summary', writeRun({actions: eventLines('action', rows)}));
    expect(json['unique_users']).toEqual(['ann']);
  });

  test('probe_summary counts labels, episodes and answers', async () => {
    const json = await evaluate('builtin.probe_summary', writeRun());
    expect(json).toMatchObject({
      summary_type: 'probes',
      total_probe_events: 13,
      probe_labels: {agree: 3, trust: 4, vote: 4, why: 2},
      probe_episodes: [1, 2],
      responses_present: 12,
      responses_missing: 1,
    });
    expect(json['aggregated']).toEqual({
      probes: 13,
      probe_labels: 4,
      episodes: 2,
      responses: 12,
      response_rate: 12 / 13,
    });
  });
});

describe('action_metrics_detailed', () => {
  test('counts actions by episode, by agent and by both, and which follows which', async () => {
    const json = await evaluate('action_metrics_detailed', writeRun());
    expect(json).toMatchObject({
      summary_type: 'action_metrics',
      total_action_events: 6,
      unique_action_labels: ['like', 'post', 'reply'],
      label_counts: {like: 2, post: 3, reply: 1},
    });
    expect(json['per_episode']).toEqual({
      '1': {
        total_actions: 3,
        active_agents: ['ann', 'bob'],
        num_active_agents: 2,
        avg_actions_per_active_agent: 1.5,
        label_counts: {like: 1, post: 2},
      },
      '3': {
        total_actions: 2,
        active_agents: ['ann', 'bob'],
        num_active_agents: 2,
        avg_actions_per_active_agent: 1,
        label_counts: {post: 1, reply: 1},
      },
      '4': {
        total_actions: 1,
        active_agents: ['ann'],
        num_active_agents: 1,
        avg_actions_per_active_agent: 1,
        label_counts: {like: 1},
      },
    });
    expect(json['per_agent']).toEqual({
      ann: {first_episode: 1, last_episode: 4, total_actions: 4, label_counts: {like: 1, post: 3}},
      bob: {first_episode: 1, last_episode: 3, total_actions: 2, label_counts: {like: 1, reply: 1}},
    });
    expect(json['per_agent_per_episode']).toEqual({
      ann: {
        '1': {total_actions: 2, label_counts: {post: 2}},
        '3': {total_actions: 1, label_counts: {post: 1}},
        '4': {total_actions: 1, label_counts: {like: 1}},
      },
      bob: {
        '1': {total_actions: 1, label_counts: {like: 1}},
        '3': {total_actions: 1, label_counts: {reply: 1}},
      },
    });
    // ann: post post post like; bob: like reply.
    expect(json['transition_counts']).toEqual({'post -> post': 2, 'like -> reply': 1, 'post -> like': 1});
    expect(json['aggregated']).toEqual({
      actions: 6,
      agents: 2,
      episodes: 3,
      action_kinds: 3,
      actions_per_agent: 3,
      actions_per_episode: 2,
      active_agents_per_episode: 5 / 3,
      'count.like': 2,
      'share.like': 2 / 6,
      'count.post': 3,
      'share.post': 3 / 6,
      'count.reply': 1,
      'share.reply': 1 / 6,
    });
  });

  test('an agent in two conversations has two sequences of actions', async () => {
    const line = (label: string, index: number, conversation: string): string =>
      `${JSON.stringify({event_type: 'action', label, source_user: 'a', event_index: index, data: {transcript_id: conversation}})}\n`;
    const actions = line('open', 0, 'x') + line('open', 1, 'y') + line('close', 2, 'x') + line('close', 3, 'y');
    const json = await evaluate('action_metrics_detailed', writeRun({actions}));
    expect(json['transition_counts']).toEqual({'open -> close': 2});
  });

  test('keeps the 200 most frequent transitions', async () => {
    const rows = Array.from({length: 301}, (_, i) => [`l${i}`, 'ann', 0] as const);
    const json = await evaluate('action_metrics_detailed', writeRun({actions: eventLines('action', rows)}));
    expect(Object.keys(json['transition_counts'] as Json)).toHaveLength(200);
  });

  test('a run without actions has no rates', async () => {
    const json = await evaluate('action_metrics_detailed', writeRun({actions: ''}));
    expect(json['aggregated']).toEqual({actions: 0, agents: 0, episodes: 0, action_kinds: 0});
  });
});

describe('probe_metrics_detailed', () => {
  test('measures every label as its type says, by hand the same', async () => {
    const json = await evaluate('probe_metrics_detailed', writeRun());
    expect(json['probe_type_by_label']).toEqual({agree: 'binary', trust: 'numeric', vote: 'choice', why: 'freetext'});
    expect(json['per_label']['vote']).toEqual({
      probe_type: 'choice',
      probe_type_source: 'inferred',
      total_events: 4,
      responses_present: 3,
      responses_missing: 1,
      responses_unparsed: 0,
      probe_mode_counts: {asked: 4},
      choice_value_counts: {Bill: 1, Bradley: 1, bill: 1},
      per_episode: {
        '1': {responses_present: 2, choice_value_counts: {Bill: 1, Bradley: 1}},
        '2': {responses_present: 1, choice_value_counts: {bill: 1}},
      },
    });
    // 7, 4, 9: mean 20/3, median 7; squares 1/9 + 64/9 + 49/9 over 2. "high" is no number.
    expect(json['per_label']['trust']).toMatchObject({
      responses_present: 4,
      responses_unparsed: 1,
      numeric_response_stats: {count: 3, min: 4, max: 9, median: 7},
      per_episode: {'1': {mean: 5.5}, '2': {mean: 9}},
    });
    expect(json['per_label']['trust']['numeric_response_stats']['mean']).toBeCloseTo(20 / 3, 12);
    expect(json['per_label']['trust']['numeric_response_stats']['stdev']).toBeCloseTo(Math.sqrt(19 / 3), 12);
    expect(json['per_label']['agree']).toMatchObject({choice_value_counts: {No: 1, Yes: 2}});
    expect(json['per_label']['why']).toMatchObject({
      free_text_char_len_stats: {count: 2, min: 26, max: 41, mean: 33.5},
      free_text_word_count_stats: {count: 2, min: 5, max: 8, mean: 6.5},
      free_text_top_tokens: {taxes: 2, because: 1, candidate: 1, matter: 1, more: 1, other: 1, the: 1, trust: 1},
    });
    expect(json['per_type']).toEqual({
      binary: {labels: 1, total_events: 3, responses_present: 3, responses_missing: 0, responses_unparsed: 0},
      choice: {labels: 1, total_events: 4, responses_present: 3, responses_missing: 1, responses_unparsed: 0},
      freetext: {labels: 1, total_events: 2, responses_present: 2, responses_missing: 0, responses_unparsed: 0},
      numeric: {labels: 1, total_events: 4, responses_present: 4, responses_missing: 0, responses_unparsed: 1},
    });
    expect(json).toMatchObject({
      total_probe_events: 13,
      filtered_probe_events: 13,
      filtered_out_probe_events: 0,
      per_episode: {'1': 7, '2': 6},
      per_agent: {ann: 7, bob: 6},
      per_agent_per_episode: {ann: {'1': 4, '2': 3}, bob: {'1': 3, '2': 3}},
    });
    const {'trust.stdev': stdev, 'trust.mean': mean, ...aggregated} = json['aggregated'] as Record<string, number>;
    expect(mean).toBeCloseTo(20 / 3, 12);
    expect(stdev).toBeCloseTo(Math.sqrt(19 / 3), 12);
    expect(aggregated).toEqual({
      probes: 13,
      responses: 12,
      response_rate: 12 / 13,
      'agree.responses': 3,
      'agree.response_rate': 1,
      'agree.share.No': 1 / 3,
      'agree.share.Yes': 2 / 3,
      'trust.responses': 4,
      'trust.response_rate': 1,
      'vote.responses': 3,
      'vote.response_rate': 0.75,
      'vote.share.Bill': 1 / 3,
      'vote.share.Bradley': 1 / 3,
      'vote.share.bill': 1 / 3,
      'why.responses': 2,
      'why.response_rate': 1,
      'why.mean_word_count': 6.5,
    });
  });

  test('declared types and choices win over what answers look like', async () => {
    const config = `
evals:
  probes:
    probes:
      a: {probe_type: FreeTextProbe, probe_name: trust}
      b: {probe_type: ChoiceProbe, probe_data: {name: vote, choices: [Bill, Bradley, Nobody]}}
`;
    const json = await evaluate('probe_metrics_detailed', writeRun({config}));
    expect(json['effective_config']).toBe('effective_config.yaml');
    expect(json['per_label']['trust']).toMatchObject({
      probe_type: 'freetext',
      probe_type_source: 'config',
      free_text_word_count_stats: {count: 4, max: 4},
    });
    // "bill" is Bill; whom nobody chose counts as 0.
    expect(json['per_label']['vote']['choice_value_counts']).toEqual({Bill: 2, Bradley: 1, Nobody: 0});
    expect(json['aggregated']).toMatchObject({'vote.share.Bill': 2 / 3, 'vote.share.Nobody': 0});
  });

  test('choices that the events say were offered count as 0 where nobody chose them', async () => {
    const line = (answer: string, choices: readonly unknown[]): string =>
      `${JSON.stringify({event_type: 'probe', label: 'vote', source_user: 'ann', data: {probe_return: answer, probe_type: 'choice', probe_choices: choices}})}\n`;
    const json = await evaluate(
      'probe_choice_detailed',
      writeRun({probes: line('A', ['A', 'B']) + line('A', ['C', 3])}),
    );
    expect(json['per_label']['vote']).toMatchObject({
      probe_type_source: 'event',
      choice_value_counts: {A: 2, B: 0, C: 0},
    });
    expect(json['aggregated']).toMatchObject({'vote.share.A': 1, 'vote.share.B': 0, 'vote.share.C': 0});
  });

  test('what no number can hold is no metric, and a label may have any name', async () => {
    const probes = eventLines('probe', [
      ['__proto__', 'ann', 0, 1e308],
      ['__proto__', '__proto__', 0, 1.7e308],
      ['toString', 'constructor', 0, '<b>'],
    ]);
    const json = await evaluate('probe_metrics_detailed', writeRun({probes}));
    expect(Object.keys(json['aggregated'] as Json)).toEqual([
      'probes',
      'responses',
      'response_rate',
      '__proto__.responses',
      '__proto__.response_rate',
      'toString.responses',
      'toString.response_rate',
      'toString.share.<b>',
    ]);
    expect(Object.entries(json['per_agent'] as Json)).toEqual([
      ['__proto__', 1],
      ['ann', 1],
      ['constructor', 1],
    ]);
  });

  test('a type that the config invents is named, and inferred', async () => {
    const json = await evaluate('probe_metrics_detailed', writeRun({config: 'probes: {trust: EmotionProbe}\n'}));
    expect(json['warnings']).toEqual([
      'effective_config.yaml: the type "EmotionProbe" of probe "trust" is not known; it is inferred',
    ]);
    expect(json['per_label']['trust']).toMatchObject({probe_type: 'numeric', probe_type_source: 'inferred'});
  });

  test('an effective config that is no YAML is refused at its line', async () => {
    const run = writeRun({config: 'probes:\n  a: [1\n'});
    await expect(evaluate('probe_metrics_detailed', run)).rejects.toThrow(/effective_config\.yaml:\d+:\d+/);
  });

  test.each(['binary', 'numeric', 'choice', 'freetext'] as const)('probe_%s_detailed keeps one type', async type => {
    const json = await evaluate(`probe_${type}_detailed`, writeRun());
    const label = {binary: 'agree', numeric: 'trust', choice: 'vote', freetext: 'why'}[type];
    const kept = {binary: 3, numeric: 4, choice: 4, freetext: 2}[type];
    expect(Object.keys(json['per_label'] as Json)).toEqual([label]);
    expect(json).toMatchObject({
      mode: `probe_${type}`,
      filter_probe_type: type,
      filtered_probe_events: kept,
      filtered_out_probe_events: 13 - kept,
    });
    expect(Object.keys(json['aggregated'] as Json)).toContain(`${label}.responses`);
  });
});

describe('carry-forward', () => {
  const probes = eventLines('probe', [
    ['trust', 'ann', 1, 4],
    ['trust', 'ann', 2, 6],
    ['trust', 'bob', 1, 8],
    ['trust', 'bob', 3, null],
    ['trust', 'cid', 3, 2],
  ]);

  test('an answer stands until the next, but not where the agent was asked and said nothing', async () => {
    const json = await evaluate('probe_numeric_detailed', writeRun({probes}), {carriesForward: true});
    // Added: ann 6 in episode 3, bob 8 in episode 2.
    expect(json).toMatchObject({carry_forward_enabled: true, total_probe_events: 7, total_probe_events_raw: 5});
    expect(json['per_label']['trust']).toMatchObject({
      responses_present: 6,
      responses_missing: 1,
      probe_mode_counts: {asked: 5, carry_forward_imputed: 2},
      per_episode: {'1': {mean: 6}, '2': {mean: 7}, '3': {mean: 4}},
    });
  });

  test('hold_last_response in the config does the same; without either nothing is added', async () => {
    const config = 'eval: {probes: {deployment: {hold_last_response: true}, probes: {}}}\n';
    const held = await evaluate('probe_numeric_detailed', writeRun({probes, config}));
    expect(held['total_probe_events']).toBe(7);
    const plain = await evaluate('probe_numeric_detailed', writeRun({probes}));
    expect(plain).toMatchObject({carry_forward_enabled: false, total_probe_events: 5});
  });
});

describe('plots', () => {
  test('every type of answer has its PNG, beside the JSON and named in it', async () => {
    const run = writeRun();
    const json = await evaluate('probe_metrics_detailed', run);
    const names = [
      'choice_agree',
      'choice_vote',
      'numeric_trust',
      'freetext_wordcount_over_time',
      'freetext_top_tokens',
    ];
    expect(json['plots']).toMatchObject({
      plot_dir: 'eval_plots',
      generated_files: names.map(name => `eval_plots/${name}.png`),
      record_counts: {choice: 6, numeric: 3, freetext: 2},
      extensions: [],
    });
    for (const name of names) {
      const bytes = readFileSync(join(dirname(run), 'out/eval_plots', `${name}.png`));
      expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
      expect(bytes.readUInt32BE(16)).toBeGreaterThan(1000);
    }
  });

  test('labels with one file name are numbered, and plots of an earlier evaluation go', async () => {
    const probes = eventLines('probe', [
      ['a b', 'ann', 0, 'x'],
      ['a-b', 'ann', 0, 'y'],
      ['ünï/..', 'ann', 0, 'z'],
    ]);
    const run = writeRun({probes});
    const folder = join(dirname(run), 'out/eval_plots');
    await evaluate('probe_metrics_detailed', run);
    expect(readdirSync(folder)).toEqual(['choice_a_b.png', 'choice_a_b_2.png', 'choice_u_ni.png']);
    writeFileSync(join(folder, 'mine.png'), '');
    writeFileSync(join(run, 'probe_events.jsonl'), eventLines('probe', [['n', 'ann', 0, 4]]));
    await evaluate('probe_metrics_detailed', run);
    expect(readdirSync(folder)).toEqual(['mine.png', 'numeric_n.png']);
  });

  test('a run without answers has no folder of plots', async () => {
    const run = writeRun({probes: eventLines('probe', [['vote', 'ann', 0, null]])});
    const json = await evaluate('probe_metrics_detailed', run);
    expect(json['per_label']['vote']).toMatchObject({probe_type: 'unknown', responses_missing: 1});
    expect(existsSync(join(dirname(run), 'out/eval_plots'))).toBe(false);
  });
});

describe('every preset', () => {
  test.each(listPresets().map(({name}) => name))(
    '%s has flat numbers to compare and writes equal bytes twice',
    async name => {
      const run = writeRun();
      const output = join(dirname(run), 'out/one.json');
      const json = await evaluate(name, run, {output});
      const bytes = readFileSync(output);
      expect(Object.keys(json['aggregated'] as Json).length).toBeGreaterThan(3);
      expect(Object.values(json['aggregated'] as Json).every(value => Number.isFinite(value))).toBe(true);
      await evaluate(name, run, {output});
      expect(readFileSync(output).equals(bytes)).toBe(true);
    },
  );

  test('a name that is no preset is refused with the one that is meant', () => {
    expect(() => findPreset('builtin.probe_metric_detailed')).toThrow(
      expect.objectContaining({code: 'preset-unknown', hint: 'did you mean probe_metrics_detailed?'}),
    );
  });
});
