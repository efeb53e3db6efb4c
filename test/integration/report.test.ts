import {cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import type {Browser, Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, onTestFinished, test} from 'vitest';

import {describeInBrowser, startBrowser} from '../support/browser.ts';
import {runMac} from '../support/mac.ts';
import {makeWorkspace} from '../support/workspace.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Would do harm, or break the page, wherever it was not escaped. */
const HOSTILE = `<img src=x onerror="fetch('https://example.com')"><script>document.title='hacked'</script>"'`;

/** Run in the page: by WCAG's formula, of every text against the page. */
const CONTRASTS = `(() => {
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(value => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = luminance(getComputedStyle(document.body).backgroundColor);
  const texts = document.querySelectorAll('p, td, th, small, figcaption, summary, a, .picture.wide .role-axis-label text');
  return [...texts].map(each => {
    const style = getComputedStyle(each);
    const ink = luminance(each instanceof SVGElement ? style.fill : style.color);
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  });
})()`;

const PNG = [0x89, 0x50, 0x4e, 0x47];

describe('a report of the quickstart', () => {
  let cwd: string;
  let html: string;

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'mac-report-'));
    mkdirSync(join(cwd, 'config'));
    const config = readFileSync(join(ROOT, 'config/quickstart.yaml'), 'utf8')
      .replace('[null, nurse, judge]', JSON.stringify([null, HOSTILE]))
      .replace('_grid:\n', '# our key is sk-proj-abcdefghijklmnopqrstuvwx, api_key: hunter2hunter2\n_grid:\n')
      .replace('    demographics: null', '    demographics: _')
      .replace('  zip:\n', '    agent_definitions.0.demographics: [null, older]\n  zip:\n');
    writeFileSync(join(cwd, 'config/q.yaml'), config);
    cpSync(join(ROOT, 'data/sample'), join(cwd, 'data/sample'), {recursive: true});
    const run = await runMac(['run', 'config/q.yaml', '--limit', '6'], {cwd});
    expect(run.exitCode, run.stderr).toBe(0);
    const {exitCode, stderr, stdout} = await runMac(
      ['report', '-o', 'page.html', '--figures', 'figs', '--draws', '99', '--title', HOSTILE],
      {cwd, env: {MY_SECRET: 'fields of a reply'}},
    );
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/page\.html: \d+ KiB, \d+ figures/);
    html = readFileSync(join(cwd, 'page.html'), 'utf8');
  });

  test.each([
    ['-', /mac report needs a file/],
    ['/sys/page.html', /cannot write \/sys\/page\.html: .*\n {2}→ .*name another place/],
  ])('-o %s is refused', async (path, message) => {
    const {exitCode, stdout, stderr} = await runMac(['report', '-o', path, '--draws', '99'], {cwd});
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  afterAll(() => rmSync(cwd, {recursive: true, force: true}));

  test('holds what was run, the results, the figures, the methods and their sources', () => {
    for (const part of [
      'Complete: 12 tasks and 72 conversations.',
      'They say nothing about any real model.',
      'agent_<wbr>definitions.0.<wbr>persona',
      'accuracy_<wbr>disambig',
      'Not given: accuracy. DiscrimEval has no right answers',
      'BBQ: persona × demographics',
      'Throughput over time',
      'Parrish, A.',
      '<caption>BBQ: effects of agent_definitions.0.persona</caption>',
      'Holm, S.',
      'simulated/<wbr>model',
    ]) {
      expect(html).toContain(part);
    }
    expect(html).toMatch(/mac compare --factor agent_definitions\.0\.persona --of q_\S+ --draws 99 gives the same/);
    expect(html.match(/<svg /g)!.length).toBeGreaterThanOrEqual(16);
    expect(html).not.toMatch(/undefined|\[object Object\]|NaN/);
  });

  test('what users wrote is text; secrets are not in it', () => {
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;script&gt;');
    expect(html).toContain('_grid:');
    for (const secret of ['abcdefghijklmnop', 'hunter2', 'fields of a reply']) expect(html).not.toContain(secret);
    for (const name of readdirSync(join(cwd, 'figs')).filter(each => each.endsWith('.svg'))) {
      expect(readFileSync(join(cwd, 'figs', name), 'utf8')).not.toMatch(/<script|<img/);
    }
  });

  test('every figure is there as SVG, PNG, data and specification, and the list says so', () => {
    const list = JSON.parse(readFileSync(join(cwd, 'figs/figures.json'), 'utf8'));
    expect(list).toMatchObject({schema: 'mac.figures/1', absent: []});
    expect(list.figures.map(({name}: any) => name)).toEqual(
      expect.arrayContaining(['scores-bbq', 'personas-bbq', 'rounds-bbq', 'flips-bbq', 'throughput']),
    );
    const files = list.figures.flatMap((figure: any) => figure.files);
    expect(readdirSync(join(cwd, 'figs')).sort()).toEqual([...files, 'figures.json'].sort());
    for (const {name} of list.figures) {
      const at = (ending: string): Buffer => readFileSync(join(cwd, 'figs', `${name}.${ending}`));
      expect([...at('png').subarray(0, 4)]).toEqual(PNG);
      expect(at('png').length).toBeGreaterThan(3000);
      expect(JSON.parse(at('vl.json').toString())).toHaveProperty('$schema');
      expect(at('data.csv').toString().split('\n').length).toBeGreaterThan(2);
    }
    expect(readFileSync(join(cwd, 'figs/scores-bbq.data.csv'), 'utf8')).toMatch(
      /^part,cell,metric,value,ci_low,ci_high,n\n/,
    );
  });

  test('replaces what it wrote and nothing else', async () => {
    writeFileSync(join(cwd, 'thesis.html'), '<html>years of work</html>');
    const refused = await runMac(['report', '-o', 'thesis.html'], {cwd});
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('was not written by mac report');
    expect(readFileSync(join(cwd, 'thesis.html'), 'utf8')).toBe('<html>years of work</html>');

    mkdirSync(join(cwd, 'pictures'), {recursive: true});
    writeFileSync(join(cwd, 'pictures/cat.png'), '');
    const inFolder = await runMac(['report', '-o', 'new.html', '--figures', 'pictures'], {cwd});
    expect(inFolder.exitCode).toBe(2);
    expect(inFolder.stderr).toContain('--force');
    expect(existsSync(join(cwd, 'new.html'))).toBe(false);

    const folder = await runMac(['report', '-o', 'data'], {cwd});
    expect(folder.exitCode).toBe(2);
    expect(folder.stderr).toContain('data is not a file');

    // One benchmark has fewer figures: those of before are gone. Beside the page and the figures that other tests look
    // at.
    cpSync(join(cwd, 'page.html'), join(cwd, 'page2.html'));
    cpSync(join(cwd, 'figs'), join(cwd, 'figs2'), {recursive: true});
    const again = await runMac(
      ['report', 'diffAware_sample', '-o', 'page2.html', '--figures', 'figs2', '--draws', '99', '--json'],
      {cwd},
    );
    expect(again.exitCode, again.stderr).toBe(0);
    const said = JSON.parse(again.stdout);
    expect(said).toMatchObject({schema: 'mac.report/1', complete: true});
    expect(existsSync(join(cwd, 'figs2/scores-bbq.svg'))).toBe(false);
    expect(existsSync(join(cwd, 'figs2/scores-diffaware.svg'))).toBe(true);
    expect(readFileSync(join(cwd, 'page2.html'), 'utf8')).not.toContain('Parrish');
  });

  describeInBrowser('in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startBrowser();
    });
    afterAll(async () => {
      await browser.close();
    });

    interface View {
      readonly page: Page;
      readonly requests: readonly string[];
      readonly messages: readonly string[];
    }

    async function open(options: {width: number; scripts?: boolean; dark?: boolean}): Promise<View> {
      const context = await browser.newContext({
        viewport: {width: options.width, height: 900},
        javaScriptEnabled: options.scripts ?? true,
        colorScheme: options.dark === true ? 'dark' : 'light',
      });
      onTestFinished(() => context.close());
      context.setDefaultTimeout(300_000);
      const page = await context.newPage();
      const requests: string[] = [];
      const messages: string[] = [];
      page.on('request', request => requests.push(request.url()));
      page.on('console', message => messages.push(message.text()));
      page.on('pageerror', error => messages.push(error.message));
      await page.goto(`file://${join(cwd, 'page.html')}`);
      return {page, requests, messages};
    }

    test.each([320, 1280])('%i pixels wide: no request, no complaint, nothing that sticks out', async width => {
      const {page, requests, messages} = await open({width});
      await page.evaluate("document.querySelectorAll('details').forEach(details => (details.open = true))");
      expect(requests).toHaveLength(1);
      expect(messages).toEqual([]);
      expect(await page.title()).toBe(HOSTILE);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      // Of two arrangements one is seen, and it fits.
      const pictures = page.locator('.picture svg:visible');
      expect(await pictures.count()).toBe(await page.locator('figure').count());
      for (const box of await pictures.evaluateAll(all => all.map(svg => svg.getBoundingClientRect().width))) {
        expect(box).toBeLessThanOrEqual(width - 12);
        expect(box).toBeGreaterThan(100);
      }
    });

    test('reads without scripts, and has what a screen reader needs', async () => {
      const {page} = await open({width: 1280, scripts: false});
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('main section h2').count()).toBe(6);
      expect(await page.locator('html[lang=en]').count()).toBe(1);
      for (const svg of await page.locator('.picture.wide svg').all()) {
        expect(await svg.getAttribute('role')).toBe('img');
        const title = await svg.getAttribute('aria-labelledby');
        const description = await svg.getAttribute('aria-describedby');
        expect((await page.locator(`#${title}`).textContent())!.length).toBeGreaterThan(5);
        expect((await page.locator(`#${description}`).textContent())!.length).toBeGreaterThan(40);
      }
      expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
      expect(await page.locator('th:not([scope])').count()).toBe(0);
      const ids = await page.locator('[id]').evaluateAll(all => all.map(each => each.id));
      expect(new Set(ids).size).toBe(ids.length);
      const links = await page
        .locator('a[href^="#"]')
        .evaluateAll(all => all.map(each => each.getAttribute('href')!.slice(1)));
      for (const link of links) expect(ids).toContain(link);
    });

    test.each(['light', 'dark', 'print'] as const)('%s: text stands out from what is behind it', async mode => {
      const {page} = await open({width: 1280, dark: mode === 'dark'});
      if (mode === 'print') await page.emulateMedia({media: 'print'});
      const ratios = await page.evaluate<number[]>(CONTRASTS);
      expect(ratios.length).toBeGreaterThan(200);
      expect(Math.min(...ratios)).toBeGreaterThan(4.5);
    });
  });
});

test('nothing recorded is said, and nothing is written', async () => {
  const cwd = makeWorkspace();
  const {exitCode, stderr} = await runMac(['report'], {cwd});
  expect(exitCode).toBe(2);
  expect(stderr).toContain('no results are recorded');
  expect(existsSync(join(cwd, 'report.html'))).toBe(false);
});
