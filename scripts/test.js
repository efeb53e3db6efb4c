#!/usr/bin/env node
/**
 * `npm test`: build, then all tests beside type check, lint, format and unused code. Runs every step even when an
 * earlier one fails, so that one run shows everything, and ends with a line `N passed, N failed`. Before it come the
 * results of the checks, the tests that were skipped, and those that passed only when they were repeated
 * (vitest.config.ts). In CI (`CI=true`) both fail the run; skipping does not where the shared material is missing.
 */
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative, resolve} from 'node:path';
import {execa} from 'execa';

const root = resolve(import.meta.dirname, '..');
const bin = name => join(root, 'node_modules', '.bin', name);
const inCi = process.env.CI === 'true';
const scratch = mkdtempSync(join(tmpdir(), 'mac-test-'));
const report = join(scratch, 'report.json');

// Both write dist/, which tests run.
const before = [
  ['build', bin('tsc'), ['-p', 'tsconfig.build.json']],
  ['package', bin('publint'), ['--strict']],
];
// One after another beside the tests, which leave a core free while they wait.
const beside = [
  ['lint', bin('eslint'), ['.', '--max-warnings', '0']],
  ['types', bin('tsc'), ['--noEmit']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['unused code', bin('knip'), ['--no-progress']],
  ['width of pages', bin('markdownlint-cli2'), []],
];

const checked = await runChecks(before);
const besides = runChecks(beside);
const vitest = await run(
  bin('vitest'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  {stdio: ['ignore', 'inherit', 'inherit']},
);
let passed = 0;
let failed = 0;
for (const {name, exitCode, all} of [...checked, ...(await besides)]) {
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name}${exitCode !== 0 && all ? `\n${all}` : ''}`);
  if (exitCode === 0) passed++;
  else failed++;
}
const tests = readReport();
passed += tests.passed;
failed += tests.failed;
// A suite that could not even be loaded has no failed test to count.
if (vitest.exitCode !== 0 && tests.failed === 0) failed++;
if (tests.skipped > 0) {
  console.log(`SKIPPED: ${tests.skipped} tests; the SKIPPED lines above say what they need.`);
  for (const [file, count] of tests.skippedByFile) console.log(`  ${String(count).padStart(4)}  ${file}`);
  if (inCi && existsSync(join(process.env.MAC_SHARED ?? join(root, '../shared'), 'golden'))) {
    console.log('FAILED: nothing may be skipped in CI where the shared material is there.');
    failed++;
  }
}
for (const {where, why} of tests.flaky)
  console.log(`FLAKY: ${where}\n    passed only the second time; at first: ${why}`);
if (inCi && tests.flaky.length > 0) {
  console.log('FAILED: what passes only the second time fails in CI.');
  failed += tests.flaky.length;
  passed -= tests.flaky.length;
}
rmSync(scratch, {recursive: true, force: true});
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Runs checks one after another; each goes on when an earlier one fails. */
async function runChecks(checks) {
  const results = [];
  for (const [name, file, args] of checks)
    results.push({name, ...(await run(file, args, {stdin: 'ignore', all: true}))});
  return results;
}

async function run(file, args, options) {
  return await execa(file, args, {
    ...options,
    cwd: root,
    env: {npm_config_loglevel: 'error'},
    reject: false,
  });
}

function readReport() {
  try {
    const {numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults} = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const flaky = testResults.flatMap(({name, assertionResults}) =>
      assertionResults.flatMap(test => findFlaky(name, test)),
    );
    const skippedByFile = testResults
      .map(({name, assertionResults}) => [relative(root, name), assertionResults.filter(wasSkipped).length])
      .filter(([, count]) => count > 0);
    return {
      passed: numPassedTests,
      failed: numFailedTests,
      skipped: numPendingTests + numTodoTests,
      skippedByFile,
      flaky,
    };
  } catch {
    return {passed: 0, failed: 1, skipped: 0, skippedByFile: [], flaky: []};
  }
}

function wasSkipped({status}) {
  return ['skipped', 'pending', 'todo'].includes(status);
}

/** Finds a test that failed before it passed: only then has one that passed messages of failures. */
function findFlaky(file, {status, ancestorTitles, title, failureMessages}) {
  if (status !== 'passed' || failureMessages.length === 0) return [];
  const where = [relative(root, file), ...ancestorTitles, title].join(' > ');
  return [{where, why: failureMessages[0].split('\n', 1)[0]}];
}
