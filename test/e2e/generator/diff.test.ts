import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readTree, runCli } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await createShop();
  await shop.commit();
});
afterEach(() => shop.reset());
afterAll(() => shop.remove());

const diff = (...args: string[]) => runCli(['diff', ...args], shop.path);
const widen = () => shop.edit('enum: [customer, stock, fraud]', 'enum: [customer, stock, fraud, courier]');
const raise = (version: string) =>
  shop.edit(/(cancelled before it was sent\.\n {4}x-event-version: )\d+\.\d+\.\d+/, `$1${version}`);
const narrow = () => shop.edit('enum: [customer, stock, fraud]', 'enum: [customer, stock]');

describe('diff', () => {
  it('reports nothing without changes', async () => {
    expect(await diff('HEAD')).toMatchObject({ code: 0, stdout: 'Since HEAD: no event changed\n', stderr: '' });
  });

  it('reports a breaking change at the event, with a fix', async () => {
    await narrow();
    const { code, stdout, stderr } = await diff('HEAD');
    expect(code).toBe(1);
    expect(stdout).toContain('~ order.order.cancelled 1.0.0: breaking for producers');
    expect(stdout).toContain('ENUM_NARROWED $.reason: may no longer be "fraud" (breaks producers)');
    expect(stderr).toMatch(/^catalog\/domains\/order\.yaml:\d+:\d+: error BREAKING_CHANGE: order\.order\.cancelled/m);
    expect(stderr).toMatch(/fix: .*x-event-version: 2\.0\.0/);
    expect(stderr).toMatch(/1 change breaks backward_transitive compatibility/);
  });

  it('accepts a breaking change with a new major version and a conversion', async () => {
    await narrow();
    await raise('2.0.0');
    const unknown = await diff('HEAD');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(
      /error VERSION_UNRELEASED: the major version of order\.order\.cancelled rose from 1\.0\.0 to 2\.0\.0/,
    );
    await shop.reset();
    expect((await diff('--record')).code).toBe(0);
    await narrow();
    await raise('2.0.0');
    const missing = await diff();
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/order\.yaml:\d+:\d+: error UPCASTER_MISSING: order\.order\.cancelled is 2\.0\.0/);
    await shop.edit(
      'x-event-version: 2.0.0',
      'x-event-version: 2.0.0\n    x-versions: { "1": { retired: 2026-11-01 } }',
    );
    const { code, stdout } = await diff();
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('announced by a new major version') });
    await rm(join(shop.path, 'catalog/history'), { recursive: true });
  });

  it.each([
    ['backward', 0],
    ['backward_transitive', 0],
    ['forward', 1],
    ['forward_transitive', 1],
    ['full', 1],
    ['full_transitive', 1],
  ])('a wider enum in the mode %s: exit code %i', async (mode, code) => {
    await widen();
    await raise('1.1.0');
    expect((await diff('HEAD', '--mode', mode)).code).toBe(code);
  });

  it.each([
    ['a wider enum', 'ENUM_WIDENED', () => widen()],
    [
      'a new property',
      'PROPERTY_ADDED',
      () => shop.edit('      reason:\n        type', '      note:\n        type: string\n      reason:\n        type'),
    ],
  ])('%s needs a higher minor version', async (_, change, edit) => {
    await edit();
    const low = await diff('HEAD');
    expect(low.code).toBe(1);
    expect(low.stderr).toMatch(/order\.yaml:\d+:\d+: error VERSION_TOO_LOW: order\.order\.cancelled, since HEAD/);
    expect(low.stderr).toContain(`the version is still 1.0.0, but ${change} needs at least 1.1.0`);
    await raise('1.0.9');
    expect((await diff('HEAD')).code).toBe(1);
    await raise('1.1.0');
    expect((await diff('HEAD')).code).toBe(0);
  });

  it('refuses a lowered version, and accepts other texts without a new version', async () => {
    await raise('0.9.0');
    const { code, stderr } = await diff('HEAD');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/VERSION_TOO_LOW.*VERSION_LOWERED/) });
    await shop.reset();
    await shop.edit('cancelled before it was sent.', 'cancelled before it was packed.');
    expect((await diff('HEAD')).code).toBe(0);
  });

  it('reports removed and added events', async () => {
    await shop.edit(/ {6}OrderCancelled:\n.*\n/, '');
    const removed = await diff('HEAD');
    expect(removed).toMatchObject({ code: 1, stdout: expect.stringContaining('  - order.order.cancelled 1.0.0\n') });
    await shop.edit('version: 1.0.0', 'version: 2.0.0', 'catalog/asyncapi.yaml');
    expect((await diff('HEAD')).code).toBe(0);
  });

  it('prints only JSON on stdout, or GitHub commands', async () => {
    await narrow();
    const json = await diff('HEAD', '--format', 'json');
    expect(json).toMatchObject({ code: 1, stderr: expect.not.stringContaining('{') });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      mode: 'backward_transitive',
      problems: [{ code: 'BREAKING_CHANGE', file: 'catalog/domains/order.yaml' }],
      events: [
        { type: 'order.order.cancelled', kind: 'changed', changes: [{ code: 'ENUM_NARROWED', path: '$.reason' }] },
      ],
    });
    const github = await diff('HEAD', '--format', 'github');
    expect(github.stdout).toMatch(/^::error file=catalog\/domains\/order\.yaml,line=\d+,col=\d+::BREAKING_CHANGE: /m);
  });

  it('compares with a catalog.json and with another document', async () => {
    await runCli(['generate', '--out', 'old'], shop.path);
    await narrow();
    for (const against of ['old/catalog.json', 'old']) {
      expect(await diff(against)).toMatchObject({ code: 1, stdout: expect.stringContaining('1 changed') });
    }
    await shop.write('other.yaml', 'asyncapi: 3.0.0\ninfo: { title: Other, version: 1.0.0 }\nchannels: {}\n');
    expect(await diff('other.yaml')).toMatchObject({ code: 0, stdout: expect.stringContaining('2 added') });
    await rm(join(shop.path, 'old'), { recursive: true });
  });

  it.each([['no-such-ref'], ['--output=x'], ['hyvve']])('%s is refused as wrong usage', async (against) => {
    const { code, stderr } = await diff('--', against);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/USAGE.*neither a file nor a git commit/),
    });
  });

  it('records the first version if there is none', async () => {
    const other = await createShop();
    try {
      expect(await runCli(['diff'], other.path)).toMatchObject({ code: 2, stderr: expect.stringContaining('USAGE') });
      expect(await runCli(['diff', '--record'], other.path)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('recorded the first version as catalog/history/0001-1.0.0.json'),
      });
      expect(await runCli(['diff'], other.path)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('no event changed'),
      });
    } finally {
      await other.remove();
    }
  });

  it('a transitive mode compares with every release, any other mode with the last', async () => {
    expect(await diff('--record')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('catalog/history/0001-1.0.0.json'),
    });
    await narrow();
    expect((await diff('--record')).code).toBe(1);
    // The second release breaks the first, with a new major version; the third breaks only the first.
    await raise('2.0.0');
    await shop.edit(
      'x-event-version: 2.0.0',
      'x-event-version: 2.0.0\n    x-versions: { "1": { retired: 2026-11-01 } }',
    );
    expect((await diff('--record')).stdout).toContain('0002-1.0.0.json');
    await shop.edit(/\n {4}x-versions: .*/, '');
    await raise('1.1.0');
    const last = await diff('--mode', 'backward');
    expect(last).toMatchObject({ code: 1, stderr: expect.stringContaining('error VERSION_TOO_LOW') });
    expect(last.stderr).not.toContain('BREAKING_CHANGE');
    expect((await diff()).stderr).toMatch(/error BREAKING_CHANGE: order\.order\.cancelled, since 1\.0\.0 of/);
    await runCli(['generate'], shop.path);
    const changes = (await readTree(join(shop.path, 'generated'))).get('changes.json') ?? '{}';
    expect(JSON.parse(changes)).toMatchObject({
      unreleased: [{ changes: [{ code: 'VERSION_LOWERED' }] }],
      releases: [{ events: [{ type: 'order.order.cancelled', isAnnounced: true }] }, { events: [] }],
    });
    expect((await runCli(['generate', '--check'], shop.path)).code).toBe(0);
  });
});
