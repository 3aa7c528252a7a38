import { expect, it } from 'vitest';
import { readCatalogFile } from '../../../../admin/catalog/catalog.js';
import { eventDefinitions } from '../../../../admin/catalog/definitions.js';
import { keyInData } from '../../../../runtime/event/ordering-key.js';

it('ordering keys: definitions of the catalog read them as those of the SDK do', async () => {
  const catalog = await readCatalogFile('test/golden/objects/expected/catalog.json');
  const [moved, taken] = eventDefinitions(catalog);
  if (moved === undefined || taken === undefined) throw new Error('the catalog has other events');
  expect(moved).toMatchObject({ type: 'devices.part.moved', orderingKeyAt: '/from/shelf' });
  expect(moved).not.toHaveProperty('partitionBy');
  expect(keyInData(moved, { from: { shelf: 7 } })).toBe('7');
  expect(taken).toMatchObject({ orderingKeyAt: '/device.id', partitionBy: 'ordering-key' });
  expect(keyInData(taken, { 'device.id': 'd', values: {} })).toBe('d');
});
