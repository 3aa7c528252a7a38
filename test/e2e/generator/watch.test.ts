import { type ChildProcess, spawn } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cliCommand, readTree, runCli } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';
import { until } from '../../support/wait.js';

let shop: Shop;
let child: ChildProcess | undefined;
let output = '';
let errors = '';

beforeEach(async () => {
  shop = await createShop();
  await shop.write('hyvve-events.config.json', '{}');
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await shop.remove();
});

function start(...args: string[]): ChildProcess {
  const { command, args: before, env } = cliCommand();
  output = '';
  errors = '';
  const started = spawn(command, [...before, 'generate', '--watch', ...args], { cwd: shop.path, env });
  started.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  started.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  child = started;
  return started;
}

const lines = () => output.split('\n').filter(Boolean);
/** The line of the next run, after an action. */
async function nextLine(act: () => Promise<unknown>): Promise<string> {
  const before = lines().length;
  await act();
  await until('another run', () => lines().length > before, 60_000);
  // An endless loop would print more than one line.
  await new Promise((wait) => setTimeout(wait, 400));
  expect(lines()).toHaveLength(before + 1);
  return lines().at(-1) ?? '';
}
const module = async () => (await readTree(join(shop.path, 'generated'))).get('order.ts') ?? '';

describe('generate --watch', () => {
  it('prints each run in one line, survives errors, watches files and the config, and exits with 0', async () => {
    const process = start();
    expect(await nextLine(async () => undefined)).toMatch(/^\d\d:\d\d:\d\d 2 events; 6 files written \(\d+\.\d s\)$/);

    expect(await nextLine(() => shop.edit('enum: [customer, stock, fraud]', 'enum: [customer, stock]'))).toMatch(
      /~ order\.order\.cancelled 1\.0\.0: breaking for producers; \d files written/,
    );
    expect(await module()).toContain("'customer' | 'stock'");

    expect(await nextLine(() => shop.edit('enum: [customer, stock]', 'enum: [customer, stock'))).toMatch(
      /\d+ errors?, nothing written; waiting for a change$/,
    );
    expect(errors).toMatch(/catalog\/domains\/order\.yaml:\d+:\d+: error YAML_SYNTAX/);
    expect(await nextLine(() => shop.reset())).toMatch(/breaking for consumers; \d files written/);

    // A missing file that is created later.
    await nextLine(() => shop.edit('$ref: "#/schemas/OrderLine"', '$ref: "../parts/line.yaml"'));
    expect(errors).toContain('cannot read catalog/parts/line.yaml');
    const line = 'type: object\nadditionalProperties: false\nrequired: [sku]\nproperties:\n  sku: {}\n  quantity: {}\n';
    expect(await nextLine(() => shop.write('catalog/parts/line.yaml', line))).toMatch(/files written/);
    // An editor that writes another file and renames it.
    await shop.write('catalog/parts/line.tmp', `${line}  article: { type: string }\n`);
    const file = (name: string) => join(shop.path, 'catalog/parts', name);
    expect(await nextLine(() => rename(file('line.tmp'), file('line.yaml')))).toMatch(/files written/);
    expect(await module()).toContain('readonly article?: string');

    const broken = await nextLine(() => shop.write('hyvve-events.config.json', '{ "outt": "x" }'));
    expect(broken).toMatch(/1 error/);
    expect(await nextLine(() => shop.write('hyvve-events.config.json', '{ "out": "other" }'))).toMatch(
      /6 files written/,
    );

    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGINT');
    expect(await ended).toBe(0);
  }, 240_000);

  it('does not run for its own output, also if that is in the catalog’s folder', async () => {
    start('--out', 'catalog/sdk', '--format', 'json');
    const first = await nextLine(async () => undefined);
    expect(JSON.parse(first)).toMatchObject({ ok: true, files: { created: expect.arrayContaining(['order.ts']) } });
    await rm(join(shop.path, 'catalog/sdk/order.ts'));
    await new Promise((wait) => setTimeout(wait, 500));
    expect(lines()).toHaveLength(1);
  }, 120_000);
});

const upcasters = (body: string) => `export const orderUpcasters = { OrderCancelled: { v1ToV2: ${body} } };\n`;
/** Releases the catalog, then makes a major version whose conversion is written. */
async function raiseMajor(): Promise<void> {
  expect((await runCli(['diff', '--record'], shop.path)).code).toBe(0);
  await shop.edit('enum: [customer, stock, fraud]', 'enum: [customer, stock]');
  await shop.edit(/(cancelled before it was sent\.\n {4}x-event-version: )1\.0\.0/, '$12.0.0\n    x-upcast: code');
}

it('generate --watch: runs for a written conversion that appears or changes', async () => {
  await raiseMajor();
  start();
  expect(await nextLine(async () => undefined)).toMatch(/1 error, nothing written/);
  const stub = upcasters('(data) => TODO(data)');
  expect(await nextLine(() => shop.write('catalog/upcasters/order.ts', stub))).toMatch(/files written; 1 warnings/);
  const done = upcasters("(data) => ({ ...data, reason: 'stock' })");
  expect(await nextLine(() => shop.write('catalog/upcasters/order.ts', done))).toMatch(/3 files written \(/);
}, 120_000);

describe('the cache', () => {
  const generate = (...args: string[]) => runCli(['generate', ...args], shop.path);

  it('runs after a change of a written conversion', async () => {
    await shop.write('node_modules/.keep', '');
    await raiseMajor();
    await shop.write('catalog/upcasters/order.ts', upcasters("(data) => ({ ...data, reason: 'stock' })"));
    expect((await generate()).stdout).toContain('+ generated/upcasters/order.ts');
    expect((await generate()).stdout).toContain('up to date');
    await shop.write('catalog/upcasters/order.ts', upcasters("(data) => ({ ...data, reason: 'customer' })"));
    expect((await generate()).stdout).toContain('~ generated/upcasters/order.ts');
  }, 180_000);

  it('skips a run without changes, and runs after a change', async () => {
    await shop.write('node_modules/.keep', '');
    expect((await generate()).stdout).toContain('6 files written');
    expect([...(await readTree(join(shop.path, 'node_modules'))).keys()]).toContainEqual(
      expect.stringMatching(/^\.cache\/hyvve-events\/[\w-]+\.json$/),
    );
    expect((await generate()).stdout).toContain('up to date');
    await shop.write('generated/order.ts', 'changed by hand');
    expect(await generate('--check')).toMatchObject({ code: 1, stdout: '  ~ generated/order.ts\n' });
    await shop.edit('An order was placed.', 'An order has come.');
    expect((await generate('--check')).code).toBe(1);
    expect((await generate()).stdout).toContain('order.order.placed');
    await shop.write('generated/gone.ts', '// @generated by hyvve-events from x\n');
    expect((await generate()).stdout).toContain('- generated/gone.ts');
  }, 180_000);

  it('stores results of steps, which --no-cache neither reads nor writes, and ignores a damaged file', async () => {
    await shop.write('node_modules/.keep', '');
    const stored = async () => {
      const files = await readTree(join(shop.path, 'node_modules'));
      return [...files.keys()].filter((path) => path !== '.keep').map((path) => path.replace(/^.*\./, ''));
    };
    expect((await generate('--no-cache')).stdout).toContain('6 files written');
    expect(await stored()).toEqual([]);
    expect((await generate()).stdout).toContain('up to date');
    expect((await stored()).sort()).toEqual(['json', 'memo']);
    const [memo = ''] = [...(await readTree(join(shop.path, 'node_modules'))).keys()].filter((path) =>
      path.endsWith('.memo'),
    );
    await shop.write(`node_modules/${memo}`, 'hyvve-events memo');
    await shop.edit('An order was placed.', 'An order has come.');
    expect((await generate()).stdout).toContain('order.order.placed');
    const repaired = (await readTree(join(shop.path, 'node_modules'))).get(memo) ?? '';
    expect(repaired).toMatch(/^emit-domain /m);
    await shop.write('generated/order.ts', '// @generated by hyvve-events from x\n');
    expect((await generate()).stdout).toContain('~ generated/order.ts');
    expect((await generate('--check', '--no-cache')).stdout).toContain('up to date');
  }, 180_000);

  it('reports the warnings of the cached run, and compares them with --max-warnings', async () => {
    await shop.write('node_modules/.keep', '');
    await shop.edit('    summary: An order was placed.\n', '');
    const [first, second] = [await generate(), await generate()];
    expect(first.stderr).toContain('DESCRIPTION_MISSING');
    expect(second.stderr).toBe(first.stderr);
    expect((await generate('--max-warnings', '0')).code).toBe(1);
  }, 180_000);
});
