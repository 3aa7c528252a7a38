import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Catalog, readCatalogFile } from '../../../../admin/catalog/catalog.js';
import { eventDefinitions } from '../../../../admin/catalog/definitions.js';
import { createReceiver } from '../../../../admin/catalog/received-event.js';
import { importSdk } from '../../../../admin/catalog/sdk.js';
import { versionedModel } from '../../../support/catalogs/versioned-model.js';

const folder = mkdtempSync(join(tmpdir(), 'received-'));
let catalog: Catalog;
beforeAll(async () => {
  writeFileSync(join(folder, 'catalog.json'), JSON.stringify(versionedModel));
  catalog = await readCatalogFile(join(folder, 'catalog.json'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const envelope = (type: string, version: string, data: unknown) => ({
  id: 'e',
  type,
  source: 's',
  timestamp: 't',
  correlationId: 'c',
  tenantId: 'acme',
  version,
  data,
});
const first = { orderId: 'o', customer: 'Ada', total: 12.5, note: 'n' };

/** An SDK with the written step of `shop.order.placed`. */
function writeSdk(name: string, text: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return file;
}
const step = '({ total, ...data }) => ({ ...data, totalCents: Math.round(total * 100) })';

describe('how handlers receive an event', () => {
  it('derived steps: converted from the catalog alone', () => {
    const receive = createReceiver(catalog, eventDefinitions(catalog));
    expect(receive(envelope('shop.order.sent', '1.0.0', first))).toEqual({
      version: '2.0.0',
      data: { orderId: 'o', customerName: 'Ada', currency: 'EUR', total: 12.5 },
    });
  });

  it('other versions and unknown types: nothing is converted', () => {
    const receive = createReceiver(catalog, eventDefinitions(catalog));
    for (const version of ['2.0.0', '3.0.0', '0.1.0']) {
      expect(receive(envelope('shop.order.sent', version, {}))).toBeUndefined();
    }
    expect(receive(envelope('shop.order.lost', '1.0.0', first))).toBeUndefined();
  });

  it('data that breaks its version, or a step that fails: the problem', () => {
    const receive = createReceiver(catalog, eventDefinitions(catalog));
    const { problem } = receive(envelope('shop.order.sent', '1.0.0', { orderId: 'o' })) ?? {};
    expect(problem).toMatch(/^the data breaks its schema: .*customer/);
  });

  it('a written step: the function of the SDK, and without one the problem', async () => {
    const stored = envelope('shop.order.placed', '1.0.0', first);
    const without = createReceiver(catalog, eventDefinitions(catalog))(stored);
    expect(without).toMatchObject({
      version: '3.0.0',
      problem: expect.stringContaining('v2ToV3 is a written function'),
    });
    const older = `[{ major: 1, upcast: (data) => data }, { major: 2, upcast: ${step} }]`;
    const sdk = await importSdk(
      writeSdk('sdk', `export const events = [{ type: 'shop.order.placed', older: ${older} }];`),
    );
    expect(createReceiver(catalog, eventDefinitions(catalog, sdk))(stored)).toEqual({
      version: '3.0.0',
      data: { orderId: 'o', customerName: 'Ada', currency: 'EUR', totalCents: 1250 },
    });
  });

  it('an event that has crashed its processes: derived steps run, written steps do not', async () => {
    const text = `export const events = [{ type: 'shop.order.placed', older: [{ major: 2, upcast: () => process.exit(1) }] }];`;
    const definitions = eventDefinitions(catalog, await importSdk(writeSdk('crashing', text)));
    const receive = createReceiver(catalog, definitions);
    expect(receive(envelope('shop.order.placed', '1.0.0', first), true)).toMatchObject({
      version: '3.0.0',
      problem: expect.stringContaining('its written conversion does not run here'),
    });
    expect(receive(envelope('shop.order.sent', '1.0.0', first), true)).toHaveProperty('data');
  });
});

describe('importSdk', () => {
  it.each([
    ['./no-such-file.mjs', /cannot be used/],
    ['@acme/no-such-package', /cannot be used/],
  ])('%s: refused with the option', async (module, message) => {
    await expect(importSdk(module)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('a module without `events`: refused', async () => {
    const file = writeSdk('other', 'export const somethingElse = [];');
    await expect(importSdk(file)).rejects.toThrow(/does not export `events`/);
  });

  it('a package: found from the working directory', async () => {
    expect((await importSdk('@hyvve-events/sdk')).length).toBeGreaterThan(10);
  });
});
