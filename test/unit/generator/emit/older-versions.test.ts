import { beforeAll, describe, expect, it } from 'vitest';
import type { EventModelEntry, JsonValue, OlderVersionModel } from '../../../../generator/model/event-model.js';
import { type LoadedCatalog, loadCatalog } from '../../../../generator/pipeline.js';
import { createSampler } from '../../../../generator/sample/sampler.js';
import { applySteps } from '../../../../generator/versions/apply-steps.js';
import { readEntry } from '../../../../runtime/event/read-envelope.js';
import * as sdk from '../../../golden/versions/expected/index.js';

const definitions = new Map(sdk.events.map((definition) => [definition.type, definition]));

let catalog: LoadedCatalog;
beforeAll(async () => {
  catalog = await loadCatalog({ catalog: 'test/golden/versions/asyncapi.yaml' });
});

/** An entry of the stream, as a publisher of an older version wrote it. */
const entry = (type: string, version: string, data: unknown) =>
  JSON.stringify({
    id: 'a'.padEnd(24, '0'),
    type,
    source: 'shop',
    timestamp: '2026-01-01T00:00:00.000Z',
    correlationId: 'c',
    tenantId: 'acme',
    version,
    data,
  });

const read = (type: string, version: string, data: unknown) => readEntry(entry(type, version, data), definitions, 1e6);

describe('the SDK of test/golden/versions', () => {
  it.each<[string, string, object, object]>([
    [
      'shop.order.placed',
      '1.0.0',
      { orderId: 'o', customer: 'c', lines: [{ sku: 's', quantity: 2 }], coupon: 'x' },
      { orderId: 'o', customerId: 'c', lines: [{ sku: 's', qty: 2 }], currency: 'EUR' },
    ],
    [
      'shop.order.placed',
      '2.1.0',
      { orderId: 'o', customerId: 'c', lines: [], currency: 'USD', note: 'n' },
      { orderId: 'o', customerId: 'c', lines: [], currency: 'USD', note: 'n' },
    ],
    ['shop.order.paid', '1.0.0', { orderId: 'o', amount: 12.5 }, { orderId: 'o', amount: 1250 }],
    ['shop.order.checked', '1.0.0', { orderId: 'o', result: 3 }, { orderId: 'o', result: 3 }],
    ['shop.order.archived', '1.0.0', { orderId: 'o', shelf: 's' }, { orderId: 'o', place: 's' }],
  ])('%s %s is read as the present version', (type, version, old, data) => {
    const { older: _older, version: present } = definitions.get(type) ?? { version: '' };
    expect(read(type, version, old)).toMatchObject({ event: { type, version: present, upcastFrom: version, data } });
  });

  it('a retired version is refused', () => {
    expect(read('shop.order.cancelled', '1.0.0', { orderId: 'o' })).toMatchObject({ reason: 'VERSION_RETIRED' });
  });

  it('300 samples of each older version: every value is as the catalog says, and the generated validators accept it', () => {
    const { model, checks } = catalog;
    const sampler = createSampler(model, checks.validatorOf);
    let count = 0;
    const check = (event: EventModelEntry, { version, payload, derived, next }: OlderVersionModel, index: number) => {
      const older = definitions.get(event.type)?.older ?? [];
      const validateNext = older[index + 1]?.validate ?? definitions.get(event.type)?.validate;
      for (let seed = 1; seed <= 300; seed += 1) {
        const sample = sampler.sample({ type: event.type, payload, examples: [] }, seed) as JsonValue;
        expect(older[index]?.validate(sample), `${event.type} ${version}`).toBe(true);
        const upcast = older[index]?.upcast as (data: JsonValue, context: object) => JsonValue;
        const result = upcast(structuredClone(sample), {});
        expect(validateNext?.(result), `${next}: ${JSON.stringify(sample)}`).toBe(true);
        if (derived !== undefined) expect(result).toEqual(applySteps(derived, sample));
        count += 1;
      }
    };
    for (const event of model.events)
      for (const [index, each] of (event.older ?? []).entries()) check(event, each, index);
    expect(count).toBe(8 * 300);
  });
});
