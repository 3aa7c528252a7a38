import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from '../support/browser/browser.js';
import { hasLines, type Step, stepsOf } from '../support/packed/guide.js';
import { createOutside, type Outside } from '../support/packed/outside.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

/** The page is executed as a reader does it: its commands, its files, its output, and the button in the browser. */
const page = 'docs/getting-started.md';
const steps = stepsOf(readFileSync(page, 'utf8'));
const redis = useRedis();
const open = useBrowser();
let outside: Outside;
/** The folder of the reader's terminals, below the empty folder. */
let folder = '';
let lastOutput = '';
const processes = new Map<string, { readonly child: ChildProcess; output: string }>();

beforeAll(async () => {
  outside = await createOutside();
});

afterAll(async () => {
  for (const { child } of processes.values()) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await outside.remove();
});

/** On a terminal, npm asks whether it may install `create-hyvve-events`; a reader answers yes. */
const environment = () => ({ REDIS_URL: redis.url, NO_COLOR: '1', npm_config_yes: 'true' });
const pathOf = (path: string) => join(outside.folder, folder, path);

/** What each kind of step does. */
const perform: { readonly [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => Promise<void> } = {
  run: async ({ commands, fails }) => {
    lastOutput = '';
    for (const command of commands.trim().split('\n')) {
      const into = /^cd (\S+)$/.exec(command)?.[1];
      if (into !== undefined) {
        folder = join(folder, into);
        continue;
      }
      const { code, stdout, stderr } = await outside.run(command, { in: folder, env: environment() });
      lastOutput += stdout + stderr;
      expect(code === 0, `${command}: exit code ${code}\n${stdout}${stderr}`).toBe(!fails);
    }
  },
  start: async ({ name, command }) => {
    const { child, output } = outside.start(command, { in: folder, env: environment() });
    const started = { child, output: '' };
    output((text) => {
      started.output += text;
    });
    processes.set(name, started);
  },
  stop: async ({ name }) => {
    const { child } = processes.get(name) ?? {};
    if (child?.pid === undefined) throw new Error(`${name} does not run`);
    const ended = new Promise((done) => child.once('exit', done));
    // As Ctrl-C in a terminal: all processes of the command get the signal.
    process.kill(-child.pid, 'SIGINT');
    await ended;
    processes.delete(name);
  },
  output: async ({ name, lines }) => {
    if (name === undefined) {
      expect(hasLines(lastOutput, lines), `expected:\n${lines.join('\n')}\n\nprinted:\n${lastOutput}`).toBe(true);
      return;
    }
    const printed = () => processes.get(name)?.output ?? '';
    await until(`${name} prints ${lines.join(' / ')}`, () => hasLines(printed(), lines), 60_000).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n\nprinted:\n${printed()}`);
      },
    );
  },
  file: ({ path, text }) => writeFile(pathOf(path), text),
  shows: async ({ path, text }) => expect(await readFile(pathOf(path), 'utf8')).toContain(text.trim()),
  replace: async ({ path, from, to }) => {
    const before = await readFile(pathOf(path), 'utf8');
    expect(before).toContain(from);
    await writeFile(pathOf(path), before.replaceAll(from, to));
  },
  check: async ({ what }) => {
    throw new Error(`this page has no checks: ${what}`);
  },
  browser: async ({ action }) => {
    expect(action).toBe('retry');
    const token = /Token +(\S+)/.exec(processes.get('dev')?.output ?? '')?.[1];
    const visit = await open();
    await visit.page.goto('http://127.0.0.1:4600/#/ops/dead-letters');
    await visit.page.getByLabel('Token').fill(token ?? '');
    await visit.page.getByRole('button', { name: 'Sign in' }).click();
    const row = visit.page.locator('.dead-letters tbody tr');
    await row.getByText('no rate for CHF').waitFor();
    await row.getByRole('link').first().click();
    await visit.page.getByRole('button', { name: 'Retry', exact: true }).click();
  },
};

test('the page works as it is printed', async () => {
  expect(steps.length).toBeGreaterThan(20);
  for (const step of steps) {
    await (perform[step.kind] as (step: Step) => Promise<void>)(step).catch((cause: Error) => {
      throw new Error(`${page}:${step.line}: ${cause.message}`, { cause });
    });
  }
});
