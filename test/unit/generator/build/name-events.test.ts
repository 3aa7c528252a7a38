import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../generator/pipeline.js';
import { GeneratorError } from '../../../../generator/support/errors.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(document: object, options: object = {}) {
  const path = join(folder, 'asyncapi.json');
  writeFileSync(path, JSON.stringify(document));
  return loadCatalog({ catalog: path, ...options });
}

const payload = { type: 'object', properties: { n: { type: 'integer' } } };
const version2 = (messages: readonly object[]) => ({
  asyncapi: '2.6.0',
  info: { title: 'Ferry', version: '1.0.0' },
  channels: { 'ferry/sailing': { subscribe: { message: { oneOf: messages } } } },
});
const version3 = (messages: Readonly<Record<string, object>>) => ({
  asyncapi: '3.0.0',
  info: { title: 'Depot', version: '1.0.0' },
  channels: { depot: { address: 'depot', messages } },
});

describe('messages of a oneOf in AsyncAPI 2', () => {
  const departed = { title: 'Departed', payload };
  const delayed = { title: 'Delayed', payload };

  it('without names: the event types come from the titles, in any order', async () => {
    for (const messages of [
      [departed, delayed],
      [delayed, departed],
    ]) {
      const { model } = await load(version2(messages));
      expect(model.events.map(({ type }) => type)).toEqual(['ferry.sailing.Delayed', 'ferry.sailing.Departed']);
    }
  });

  it.each([
    ['without names and titles', [{ payload }, { payload: { type: 'string' } }]],
    [
      'with the same title',
      [
        { title: 'Same', payload },
        { title: 'Same', payload: { type: 'string' } },
      ],
    ],
  ])('%s: the error NAME_MISSING for each', async (_name, messages) => {
    const error = await load(version2(messages)).catch((found: unknown) => found);
    expect(error).toBeInstanceOf(GeneratorError);
    const { problems } = error as GeneratorError;
    expect(problems.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([
      'NAME_MISSING',
      'NAME_MISSING',
    ]);
  });
});

describe('event types', () => {
  it('a message key in another script: its event type is a hash, with a warning', async () => {
    const { model, warnings } = await load(version3({ Пирог: { payload } }));
    expect(model.events.map(({ type }) => type)).toEqual([expect.stringMatching(/^depot\.message_[0-9a-f]{6}$/)]);
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'TYPE_INVALID', message: expect.stringContaining('the message key "Пирог"') }),
    );
  });

  it('reverse domain names: the setting typePrefix makes the names short', async () => {
    const type = 'org.example.depot.orders.v1.ParcelPacked';
    const document = version3({ [type]: { name: type, payload } });
    const { model } = await load(document, { names: { typePrefix: 'org.example.depot' } });
    expect(model.events).toMatchObject([
      { type, key: 'OrdersV1ParcelPacked', domain: 'orders', publisher: 'publishOrdersV1ParcelPacked' },
    ]);
    expect(model.domains.map(({ name }) => name)).toEqual(['orders']);
  });

  it.each(['hasOwnProperty', '__proto__', 'constructor', 'toString'])(
    'a message key %s: read like any other',
    async (key) => {
      const messages = JSON.parse(
        `{ ${JSON.stringify(key)}: ${JSON.stringify({ name: 'depot.parcel.packed', payload })} }`,
      );
      const { model } = await load(version3(messages));
      expect(model.events.map(({ type }) => type)).toEqual(['depot.parcel.packed']);
    },
  );
});

describe('version of an event', () => {
  it.each([2, '2', '2.0', 'v2.0.0', true])('%j: the error VERSION_INVALID', async (version) => {
    const messages = { Packed: { name: 'depot.parcel.packed', 'x-event-version': version, payload } };
    const error = await load(version3(messages)).catch((found: unknown) => found);
    const { problems } = error as GeneratorError;
    expect(problems).toContainEqual(expect.objectContaining({ code: 'VERSION_INVALID', severity: 'error' }));
  });
});
