import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTree, runCli, temporaryFolder } from '../../support/catalogs/generator.js';
import { createShop, type Shop } from '../../support/catalogs/shop.js';

const config = '{ "package": { "name": "@acme/events", "version": "1.0.0" } }\n';

let shop: Shop;
beforeEach(async () => {
  shop = await createShop();
  await shop.write('hyvve-events.config.json', config);
});
afterEach(() => shop.remove());

const release = (...args: string[]) => runCli(['release', ...args], shop.path);
const read = (file: string) => readFile(join(shop.path, file), 'utf8');
/** Every file; two releases may be on two sides of midnight. */
const treeWithoutDates = async () =>
  new Map([...(await readTree(shop.path))].map(([file, text]) => [file, text.replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE')]));
const widen = () => shop.edit('enum: [customer, stock, fraud]', 'enum: [customer, stock, fraud, courier]');

describe('release', () => {
  it('records the first version as it is, and then only what changed', async () => {
    const before = await read('catalog/domains/order.yaml');
    expect(await release('--check')).toMatchObject({ code: 1, stderr: expect.stringContaining('is not released') });
    const first = await release();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(
      /^1\.0\.0: the first release\n {2}\+ catalog\/CHANGELOG\.md\n {2}\+ catalog\/history\/0001-1\.0\.0\.json\n/,
    );
    expect(first.stdout).toContain('git tag v1.0.0');
    expect(await read('catalog/domains/order.yaml')).toBe(before);
    expect(await release()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to release: no change since 1\.0\.0/),
    });
    expect((await release('--check')).code).toBe(0);

    await widen();
    expect((await release('--check')).code).toBe(1);
    const second = await release();
    expect(second.stdout).toContain('order.order.cancelled 1.0.0 → 1.1.0: breaking for consumers');
    expect(second.stdout).toContain('~ catalog/asyncapi.yaml: info.version 1.0.0 → 2.0.0');
    expect(JSON.parse(await read('hyvve-events.config.json'))).toMatchObject({ package: { version: '2.0.0' } });
    expect(JSON.parse(await read('generated/package.json'))).toMatchObject({ version: '2.0.0' });
    const expected = before
      .replace('stock, fraud]', 'stock, fraud, courier]')
      .replace(/(cancelled before it was sent\.\n {4}x-event-version: )1\.0\.0/, '$11.1.0');
    expect(await read('catalog/domains/order.yaml')).toBe(expected);
    expect((await runCli(['diff'], shop.path)).stdout).toContain('no event changed');
    expect((await runCli(['generate', '--check'], shop.path)).code).toBe(0);
  });

  it('writes what changed and what consumers must do, the newest release first', async () => {
    await release();
    await widen();
    await shop.edit('    summary: An order was placed', '    deprecated: true\n    summary: An order was placed');
    await release();
    const changelog = (await read('catalog/CHANGELOG.md')).replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE');
    expect(changelog).toMatchInlineSnapshot(`
      "# Changelog of the events

      Written by \`hyvve-events release\`: which events changed, and what publishers and consumers must do.

      ## 2.0.0 (DATE)

      SDK: \`@acme/events\` 2.0.0

      ### Breaking

      #### \`order.order.cancelled\` 1.0.0 → 1.1.0

      - ENUM_WIDENED \`$.reason\`: may also be "courier"
      - **Consumers**: the types in the handlers change; the compiler reports the places.
      - **Consumers**: deploy this version first. A consumer with an older SDK lets events wait whose data it cannot read.

      ### Changed

      #### \`order.order.placed\` 1.0.0 → 1.0.1

      - EVENT_DEPRECATED: order.order.placed is deprecated
      - **All**: stop using it; it will be removed.

      ## 1.0.0 (DATE)

      SDK: \`@acme/events\` 1.0.0

      The first recorded version, with 2 events.
      "
    `);
  });

  it('--dry-run and --check write nothing', async () => {
    await release();
    await widen();
    const before = await readTree(shop.path);
    const dry = await release('--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('## 2.0.0 (') });
    const checked = await release('--check');
    expect(checked.code).toBe(1);
    expect(checked.stderr).toMatch(
      /^catalog\/domains\/order\.yaml:\d+:\d+: error VERSION_TOO_LOW: order\.order\.cancelled is 1\.0\.0/m,
    );
    expect(checked.stderr).toMatch(
      /^catalog\/asyncapi\.yaml:\d+:\d+: error VERSION_TOO_LOW: info\.version is 1\.0\.0/m,
    );
    expect(checked.stderr).toMatch(/^hyvve-events\.config\.json:1:1: error VERSION_TOO_LOW: package\.version/m);
    expect(await readTree(shop.path)).toEqual(before);
  });

  it('after an error in the catalog every file is as before', async () => {
    await release();
    await widen();
    await shop.edit('          reason: customer', '          reason: weather');
    const before = await readTree(shop.path);
    for (const flags of [[], ['--dry-run']]) {
      const { code, stderr } = await release(...flags);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/EXAMPLE_INVALID[\s\S]*nothing was released/),
      });
      expect(await readTree(shop.path)).toEqual(before);
    }
  });

  it('refuses a new major version without a conversion, and writes how the data is converted', async () => {
    await release();
    await shop.edit('required: [orderId, reason]', 'required: [orderId, cause]');
    await shop.edit('      reason:\n        type', '      cause:\n        x-renamed-from: reason\n        type');
    await shop.edit('          reason: customer', '          cause: customer');
    const before = await readTree(shop.path);
    const refused = await release();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /error UPCASTER_MISSING: order\.order\.cancelled is 2\.0\.0[\s\S]*nothing was released/,
    );
    expect(await readTree(shop.path)).toEqual(before);
    await shop.edit(/(cancelled before it was sent\.\n)/, '$1    x-upcast: derive\n');
    const { code, stdout } = await release();
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Released 2.0.0') });
    const changelog = await read('catalog/CHANGELOG.md');
    expect(changelog).toContain(
      '- **Conversion** of 1.0.0, when it is read: `cause` is the former `reason`.\n' +
        '- **Consumers**: deploy this version first. Handlers receive 2.0.0 only.\n',
    );
    expect((await runCli(['diff'], shop.path)).code).toBe(0);
    expect((await runCli(['generate', '--check'], shop.path)).code).toBe(0);
    expect((await release()).stdout).toMatch(/^Nothing to release/);
  });

  it('releases a corrected conversion as a patch of catalog and package', async () => {
    await release();
    await shop.edit('required: [orderId, reason]', 'required: [orderId, cause]');
    await shop.edit('      reason:\n        type', '      cause:\n        type');
    await shop.edit('          reason: customer', '          cause: customer');
    await shop.edit(/(cancelled before it was sent\.\n {4}x-event-version: )1\.0\.0/, '$12.0.0\n    x-upcast: code');
    const conversions = (cause: string) =>
      shop.write(
        'catalog/upcasters/order.ts',
        `export const orderUpcasters = { OrderCancelled: { v1ToV2: ({ orderId }) => ({ orderId, cause: '${cause}' }) } };\n`,
      );
    await conversions('stock');
    expect((await release()).stdout).toContain('Released 2.0.0');
    expect((await release()).stdout).toMatch(/^Nothing to release/);

    await conversions('customer');
    expect((await release('--check')).code).toBe(1);
    const { stdout } = await release();
    expect(stdout).toMatch(/^Since 2\.0\.0 of .*: the written conversions of older data changed\n/);
    expect(stdout).toContain('+ catalog/history/0003-2.0.1.json');
    expect(JSON.parse(await read('generated/package.json'))).toMatchObject({ version: '2.0.1' });
    expect(await read('catalog/CHANGELOG.md')).toContain('The written conversions of older data changed.');
    expect((await release()).stdout).toMatch(/^Nothing to release/);
    expect((await runCli(['generate', '--check'], shop.path)).code).toBe(0);
  });

  it('continues a release that ended between two files', async () => {
    await release();
    await widen();
    const before = await temporaryFolder();
    const after = await temporaryFolder();
    try {
      await cp(shop.path, before.path, { recursive: true });
      const { stdout } = await release();
      await cp(shop.path, after.path, { recursive: true });
      const written = [...stdout.matchAll(/^ {2}[~+] (\S+)/gm)].map(([, file = '']) => file.replace(/:$/, ''));
      const files = written.filter((file) => /\.(yaml|json|md|ts)$/.test(file));
      expect(files.slice(0, 5)).toEqual([
        'catalog/domains/order.yaml',
        'catalog/asyncapi.yaml',
        'hyvve-events.config.json',
        'catalog/CHANGELOG.md',
        'catalog/history/0002-2.0.0.json',
      ]);
      const expected = await treeWithoutDates();
      for (let done = 1; done <= files.length; done += 1) {
        await rm(shop.path, { recursive: true });
        await cp(before.path, shop.path, { recursive: true });
        for (const file of files.slice(0, done)) await cp(join(after.path, file), join(shop.path, file));
        expect((await release()).code).toBe(0);
        expect(await treeWithoutDates(), `after ${files[done - 1]}`).toEqual(expected);
      }
    } finally {
      await Promise.all([before.remove(), after.remove()]);
    }
  });

  it('raises the package in a TypeScript config, and says what to do where it cannot', async () => {
    await rm(join(shop.path, 'hyvve-events.config.json'));
    const file = 'hyvve-events.config.ts';
    await shop.write(file, "export default { package: { name: '@acme/events', version: '1.0.0' } }; // settings\n");
    await release();
    await widen();
    expect((await release()).code).toBe(0);
    expect(await read(file)).toBe(
      "export default { package: { name: '@acme/events', version: '2.0.0' } }; // settings\n",
    );
    await shop.write(
      file,
      "const own = '2.0.0';\nexport default { package: { name: '@acme/events', version: own } };\n",
    );
    await shop.edit('cancelled before it was sent.', 'cancelled before it was packed.');
    expect(await release()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/EDIT_IMPOSSIBLE[\s\S]*set `package\.version` to 2\.0\.1/),
    });
  });

  it('refuses a version that another place overrides, and leaves every file as before', async () => {
    const document = (payload: string) => `asyncapi: 2.6.0
info: { title: Shop, version: 1.0.0 }
channels:
  orders:
    subscribe:
      message:
        messageId: OrderPlaced
        name: order.order.placed
        traits: [{ x-event-version: 1.0.0 }]
        payload: { type: object, additionalProperties: false, properties: { id: { type: string }${payload} } }
        examples: [{ payload: { id: a } }]
`;
    await shop.write('catalog/asyncapi.yaml', document(''));
    await shop.write('hyvve-events.config.json', '{}');
    await release();
    await shop.write('catalog/asyncapi.yaml', document(', note: { type: string }'));
    const before = await readTree(shop.path);
    const { code, stderr } = await release();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /EDIT_IMPOSSIBLE: 1\.1\.0 was written as the version of order\.order\.placed, but it is still 1\.0\.0/,
      ),
    });
    expect(await readTree(shop.path)).toEqual(before);
  });

  it('records the release although the SDK cannot be written, and says so', async () => {
    await shop.write('generated/index.ts', 'export const own = 1;\n');
    const { code, stdout, stderr } = await release();
    expect(code).toBe(1);
    expect(stdout).toContain('+ catalog/history/0001-1.0.0.json');
    expect(stderr).toContain('the release is recorded, but the SDK was not written: run `hyvve-events generate`');
    await rm(join(shop.path, 'generated'), { recursive: true });
    expect(await release()).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to release') });
    expect((await runCli(['generate', '--check'], shop.path)).code).toBe(0);
  });

  it('refuses a version of the catalog that is not major.minor.patch', async () => {
    await shop.edit('version: 1.0.0', 'version: 2026-11', 'catalog/asyncapi.yaml');
    const { code, stderr } = await release();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/asyncapi\.yaml:\d+:\d+: error VERSION_INVALID: `info\.version`/),
    });
  });

  it('prints the plan as JSON', async () => {
    await release();
    await widen();
    const { stdout } = await release('--dry-run', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      released: false,
      bump: 'major',
      catalog: { from: '1.0.0', to: '2.0.0' },
      package: { from: '1.0.0', to: '2.0.0' },
      events: [{ type: 'order.order.cancelled', from: '1.0.0', to: '1.1.0' }],
    });
  });
});
