import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Browser} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';

import {describeInBrowser, startBrowser} from '../support/browser.ts';
import {startGatedServer, type GatedServer} from '../support/gated-server.ts';
import {runMac, type MacResult} from '../support/mac.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';
import {config, question} from '../support/workspace.ts';

const MARKUP = `</title></style></svg><img src=x onerror="fetch('https://example.com')"><script>document.title='hacked'</script>`;
/** Red, a window's name, a cleared screen (also as one byte of C1), a line overwritten. */
const ESCAPES = '\x1b[31m\x1b]0;renamed\x07\x1b[2J\x9b2J\rover';
const MARKDOWN = '# [click](javascript:alert(1)) | --- | `code` %s $(id)';
const TURNED = '\u202eesrever \u2067שלום';
const HOSTILE = [MARKUP, ESCAPES, MARKDOWN, TURNED].join('\n');
const LONG = 'very long '.repeat(20_000);

describe('texts of models, personas and questions are texts wherever they are shown', () => {
  let cwd: string;
  let server: GatedServer;

  beforeAll(async () => {
    cwd = temporaryFolder('mac-hostile-', undefined, afterAll);
    mkdirSync(join(cwd, 'config'));
    const questions = ['q0', 'q1', 'q2'].map(id =>
      question(id, {
        context: HOSTILE,
        question: `${HOSTILE}?`,
        source_dataset: `T ${HOSTILE}`,
        choices: [
          {id: 'A', text: `yes ${HOSTILE}`},
          {id: 'B', text: 'no'},
        ],
      }),
    );
    writeFileSync(join(cwd, 'q.jsonl'), `${questions.join('\n')}\n`);
    const content = JSON.stringify({rationale: `${HOSTILE} ${LONG}`, answer: 'no'});
    server = await startGatedServer({content});
    server.open();
    const model = `{backend: vllm, model_path: gated, max_num_seqs: 8, api_config: {base_url: "${server.url}"}}`;
    const extra = `_grid: {sweep: {agent_definitions.0.persona: ${JSON.stringify([null, 'judge', HOSTILE])}}}`;
    writeFileSync(join(cwd, 'config/c.yaml'), config({model, extra, rounds: 2}));
    const {exitCode, stderr} = await runMac(['run', 'config/c.yaml'], {cwd});
    expect(exitCode, stderr).toBe(0);
  });

  afterAll(async () => {
    await server.close();
  });

  /** Nothing that steers a terminal or turns the line round. */
  function expectPlain({exitCode, stdout, stderr}: MacResult): void {
    expect(exitCode, stderr).toBe(0);
    for (const text of [stdout, stderr]) expect(text).not.toMatch(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
  }

  test.each([
    [['results', '--draws', '99']],
    [['results', '--draws', '99', '--by', 'agent']],
    [['results', '--draws', '99', '--explain', 'accuracy']],
    [['compare', '--factor', 'persona', '--draws', '99']],
    [['query', 'SELECT DISTINCT substr(persona, strpos(persona, chr(27)), 30) FROM messages']],
  ])('mac %j', async args => {
    const result = await runMac(args, {cwd});
    expectPlain(result);
    expect(result.stdout).toContain('\\x1b[31m');
  });

  test('mac show, and an error that lists them', async () => {
    const shown = await runMac(['show', 'q1'], {cwd});
    expectPlain({...shown, stderr: ''});
    expect(shown.stdout).toContain(MARKUP);
    expect(shown.stdout).toContain('\\x1b]0;renamed\\x07');
    expect(shown.stdout).toContain('\\u202eesrever');
    expect(shown.stdout.length).toBeGreaterThan(2 * LONG.length);
    const refused = await runMac(['results', '--cell', 'persona=nobody at all'], {cwd});
    expect(refused.stderr).toContain('\\x1b[31m');
    expectPlain({...refused, exitCode: 0});
  });

  test('as JSON they are what they were', async () => {
    const {stdout} = await runMac(['results', '--draws', '99', '--json'], {cwd});
    const personas = JSON.parse(stdout).cells.map(({cell}: any) => cell['agent_definitions.0.persona']);
    expect(new Set(personas)).toEqual(new Set(['null', 'judge', HOSTILE]));
  });

  describeInBrowser('in the report', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startBrowser();
    }, 600_000);
    afterAll(async () => {
      await browser.close();
    });

    test('they are read, and nothing of them runs, loads or names the page', async () => {
      const {exitCode, stderr} = await runMac(['report', '-o', 'page.html', '--draws', '99'], {cwd});
      expect(exitCode, stderr).toBe(0);
      const html = readFileSync(join(cwd, 'page.html'), 'utf8');
      expect(html).not.toMatch(/<script|<img/i);
      const page = await browser.newPage({viewport: {width: 1280, height: 900}});
      const heard: string[] = [];
      page.on('request', request => heard.push(request.url()));
      page.on('console', message => heard.push(message.text()));
      page.on('pageerror', error => heard.push(error.message));
      page.on('dialog', dialog => heard.push(dialog.message()));
      await page.goto(`file://${join(cwd, 'page.html')}`);
      expect(heard).toHaveLength(1);
      expect(await page.title()).toMatch(/^Report: /);
      expect(await page.locator('script, img, iframe, object, [onerror], a[href^="javascript"]').count()).toBe(0);
      await page.evaluate("document.querySelectorAll('details').forEach(details => (details.open = true))");
      expect(await page.locator('td', {hasText: '<script>document.title'}).count()).toBeGreaterThan(0);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    });
  });
});
