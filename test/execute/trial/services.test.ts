import {readFileSync, writeFileSync} from 'node:fs';
import {randomInt} from 'node:crypto';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';

import {systemClock} from '../../../src/core/clock.ts';
import {startServices, type RunningServices, type ServicesOptions} from '../../../src/execute/trial/services.ts';
import {identifyExecutor} from '../../../src/record/lease/executor-identity.ts';
import {processesWith, untilNoneWith} from '../../support/processes.ts';
import {temporaryFolder} from '../../support/temporary-folder.ts';

/** Options of services in a folder of the test's own. */
function prepare(
  services: Partial<ServicesOptions['services']>,
  changes: Partial<ServicesOptions> = {},
): ServicesOptions & {readonly folder: string} {
  const folder = temporaryFolder('mac-services-');
  return {
    folder,
    services: {readyTimeoutSeconds: 60, ...services},
    logPath: name => join(folder, `${name}.log`),
    cwd: folder,
    env: process.env,
    clock: systemClock,
    holder: identifyExecutor(),
    signal: new AbortController().signal,
    onNews: () => undefined,
    ...changes,
  };
}

async function start(options: ServicesOptions): Promise<RunningServices> {
  const running = await startServices(options);
  if (!running) throw new Error('it was stopped');
  onTestFinished(() => running.stop());
  return running;
}

/** A server that answers one status on the port that it is given, and has a child of its own. */
function writeServer(folder: string, status = 200): string {
  const file = join(folder, 'server.mjs');
  writeFileSync(
    file,
    `import {createServer} from 'node:http';
import {spawn} from 'node:child_process';
spawn('sleep', ['1000'], {stdio: 'ignore', detached: true});
createServer((request, response) => response.writeHead(${status}).end()).listen(Number(process.argv[2]), '127.0.0.1');`,
  );
  return `'${process.execPath}' '${file}' {port}`;
}

test('what the setup sets, the trials have; a value may hold lines, and PATH stays as the setup left it', async () => {
  const options = prepare({setup: `export Z='one\ntwo' PATH="/first:$PATH"; unset HOME; f() { :; }; echo set up`});
  const {env} = await start({...options, env: {...process.env, PATH: `/mine:${process.env['PATH'] ?? ''}`}});
  expect(env).toMatchObject({Z: 'one\ntwo'});
  expect(env['PATH']).toMatch(/^\/first:\/mine:/);
  expect(env).not.toHaveProperty('HOME');
  expect(Object.keys(env).filter(name => name.startsWith('MAC_') && process.env[name] === undefined)).toEqual([]);
  expect(readFileSync(join(options.folder, 'setup.log'), 'utf8')).toContain('set up\n');
});

test('a setup that fails is an error with the end of its log', async () => {
  await expect(startServices(prepare({setup: 'echo no such module; exit 3'}))).rejects.toMatchObject({
    code: 'service-failed',
    message: expect.stringMatching(/setup command ended with exit code 3; [^]*no such module/) as string,
  });
});

test('a setup that hangs is ended at its time limit with all that it started, and the error says so', async () => {
  const mark = `1000.${randomInt(1e9)}`;
  const options = prepare({setup: `echo waiting for a licence; sleep ${mark}`, setupTimeoutSeconds: 1});
  await expect(startServices(options)).rejects.toMatchObject({
    code: 'service-failed',
    message: expect.stringMatching(
      /setup command has not ended in 1 s, its time limit; [^]*waiting for a licence/,
    ) as string,
    hint: expect.stringContaining('setup_timeout_seconds') as string,
  });
  await untilNoneWith(mark);
});

test('a setup that replaces its shell is refused: its environment is lost', async () => {
  await expect(startServices(prepare({setup: 'exec true'}))).rejects.toThrow(/left no environment/);
});

test('a server is ready when its URL answers, has the environment of the setup, and is ended with its children', async () => {
  const options = prepare({setup: 'export Z=set', readyUrl: 'http://127.0.0.1:{port}/health'});
  const server = `echo "$Z $MAC_SERVER_PORT"; ${writeServer(options.folder, 302)}`;
  const running = await start({...options, services: {...options.services, server}});
  const {MAC_SERVER_PORT: port, MAC_SERVER_URL: url = ''} = running.env;
  expect(url).toBe(`http://127.0.0.1:${port ?? ''}`);
  expect((await fetch(url, {redirect: 'manual'})).status).toBe(302);
  expect(readFileSync(join(options.folder, 'server.log'), 'utf8')).toContain(`set ${port ?? ''}\n`);
  await running.stop();
  await untilNoneWith(options.folder);
  await expect(fetch(url)).rejects.toThrow();
});

test('two servers on one machine get two ports', async () => {
  const both = [0, 1].map(() => prepare({readyUrl: 'http://127.0.0.1:{port}/'}));
  const running = await Promise.all(
    both.map(options => start({...options, services: {...options.services, server: writeServer(options.folder)}})),
  );
  expect(new Set(running.map(({env}) => env['MAC_SERVER_PORT'])).size).toBe(2);
});

test('a server that dies before it is ready fails at once, with the end of its log', async () => {
  const options = prepare({
    server: 'echo out of memory; exit 9',
    readyUrl: 'http://127.0.0.1:{port}/',
    readyTimeoutSeconds: 3600,
  });
  await expect(startServices(options)).rejects.toMatchObject({
    code: 'service-failed',
    message: expect.stringMatching(/ended with exit code 9 before it was ready; [^]*out of memory/) as string,
  });
});

test('a server that is not ready in time fails, and is ended; an answer of 404 is not ready', async () => {
  const options = prepare({readyUrl: 'http://127.0.0.1:{port}/', readyTimeoutSeconds: 1});
  const server = writeServer(options.folder, 404);
  const starting = startServices({...options, services: {...options.services, server}});
  await expect(starting).rejects.toThrow(/was not ready within 1 s/);
  expect(processesWith(options.folder)).toEqual([]);
});

test('a ready URL that is no address is refused, and the server is ended', async () => {
  const options = prepare({readyUrl: 'localhost:{port}'});
  const server = writeServer(options.folder);
  const starting = startServices({...options, services: {...options.services, server}});
  await expect(starting).rejects.toThrow(/is no http address/);
  expect(processesWith(options.folder)).toEqual([]);
});

test('a server that dies later is told of; one that is stopped is not', async () => {
  const options = prepare({readyUrl: 'http://127.0.0.1:{port}/'});
  const server = writeServer(options.folder);
  const running = await start({...options, services: {...options.services, server}});
  for (const {pid} of processesWith(`${options.folder}/server.mjs`)) process.kill(pid, 'SIGKILL');
  expect(await running.died).toMatch(/the server was killed by SIGKILL|exit code 137/);
});

test('a stop ends the waiting and what was started', async () => {
  const stop = new AbortController();
  const options = prepare({server: 'sleep 1000', readyUrl: 'http://127.0.0.1:{port}/'}, {signal: stop.signal});
  const starting = startServices({
    ...options,
    services: {...options.services, server: `${process.execPath} -e 'setTimeout(() => 0, 1e6)' ${options.folder}`},
    onNews: () => stop.abort(),
  });
  expect(await starting).toBeNull();
  expect(processesWith(options.folder)).toEqual([]);
});
