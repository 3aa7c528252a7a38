import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cliCommand, readTree, runCli, startCli } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';

let shop: Shop;

beforeEach(async () => {
  shop = await createShop();
  await shop.write('hyvve-events.config.json', '{}');
  await shop.write('node_modules/.keep', '');
});
afterEach(() => shop.remove());

const generate = (...args: string[]) => runCli(['generate', ...args], shop.path);
const output = async () => [...(await readTree(join(shop.path, 'generated')))];
const cacheFolder = () => join(shop.path, 'node_modules/.cache/hyvve-events');
const cached = async () => [...(await readTree(cacheFolder())).keys()];

/** The files that a run without the cache writes. */
async function expected() {
  expect((await generate('--no-cache', '--out', 'expected')).code).toBe(0);
  return [...(await readTree(join(shop.path, 'expected')))];
}

it('several runs at the same time, with and without stored results: each writes the same files', async () => {
  for (const summary of ['An order has come.', 'An order came in.']) {
    await shop.edit(/An order [a-z ]+\./, summary);
    const runs = await Promise.all([1, 2, 3].map(() => startCli(['generate'], shop.path)));
    expect(runs).toMatchObject(runs.map(() => ({ code: 0, stderr: '' })));
    expect(await output()).toEqual(await expected());
    const files = (await cached()).map((name) => name.replace(/^[\w-]+/, ''));
    expect(files.sort()).toEqual(['.json', '.memo']);
  }
}, 180_000);

/** Runs `generate` in a process that is killed after some milliseconds, if it has not ended. */
async function killedAfter(ms: number): Promise<void> {
  const { command, args, env } = cliCommand();
  const child = spawn(command, [...args, 'generate'], {
    cwd: shop.path,
    env,
    stdio: 'ignore',
    timeout: ms,
    killSignal: 'SIGKILL',
  });
  await new Promise((done) => child.once('close', done));
}

it('a process was killed, at any time: the next run writes the same files as without it', async () => {
  for (const [number, ms] of [250, 450, 650].entries()) {
    await shop.edit(/An order [a-z ]+\d*\./, `An order was placed ${number}.`);
    await killedAfter(ms);
    expect(await generate()).toMatchObject({ code: 0, stderr: '' });
    expect(await output(), `killed after ${ms} ms`).toEqual(await expected());
  }
}, 180_000);

it('generate --check does not use stored results, also if one of them is wrong', async () => {
  expect((await generate()).code).toBe(0);
  const [record = '', memo = ''] = (await cached()).sort((a, b) => a.slice(-4).localeCompare(b.slice(-4)));
  const [head = '', ...lines] = (await readFile(join(cacheFolder(), memo), 'utf8')).split('\n');
  const key = head.split(' ')[2] ?? '';
  const wrong = lines.join('\n').replaceAll('An order was placed.', 'An order was lost.');
  const hash = createHash('sha256').update(key).update(wrong).digest('base64url');
  await writeFile(join(cacheFolder(), memo), `hyvve-events memo ${key} ${hash}\n${wrong}`);
  await rm(join(cacheFolder(), record));
  expect(await generate('--check')).toMatchObject({ code: 0, stderr: '' });
  await rm(join(cacheFolder(), record));
  // The stored results are as a run reads them: it would write them.
  expect((await generate()).stdout).toContain('~ generated/order.ts');
}, 180_000);
