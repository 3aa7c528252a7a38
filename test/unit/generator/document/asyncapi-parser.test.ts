import { Parser } from '@asyncapi/parser';
import { expect, it } from 'vitest';
import { AsyncApiParser } from '../../../../generator/document/asyncapi-parser.js';

const message = { name: 'bakery.bread.baked', payload: { type: 'object' } };
const version3 = {
  asyncapi: '3.0.0',
  info: { title: 'Bakery', version: '1.0.0' },
  channels: { bakery: { address: 'bakery', messages: { BreadBaked: message } } },
  operations: { bake: { action: 'send', channel: { $ref: '#/channels/bakery' } } },
};
const version2 = {
  asyncapi: '2.6.0',
  info: { title: 'Bakery', version: '1.0.0' },
  channels: { bakery: { publish: { operationId: 'onBread', message } } },
};

/** Valid and invalid documents of several versions, mixed. */
const documents: readonly object[] = [
  { ...version3, asyncapi: '2.6.0' },
  version3,
  version2,
  { ...version3, info: { titel: 'Bakery' } },
  { ...version2, channels: { bakery: { publish: { operationId: 5 } } } },
  { ...version3, operations: { bake: { action: 'throw', channel: { $ref: '#/channels/shop' } } } },
  { ...version3, channels: { bakery: { address: 5, messages: [], unknown: { $ref: '#/channels/bakery' } } } },
  { asyncapi: '9.0.0' },
  {},
  version3,
];

it('AsyncApiParser: one instance reports of each of many documents what a new parser of AsyncAPI reports', async () => {
  const shared = new AsyncApiParser();
  const reported: number[] = [];
  for (const document of documents) {
    const text = JSON.stringify(document);
    const expected = await new Parser({ ruleset: { core: true, recommended: false } }).validate(text);
    expect(await shared.validate(text), text).toEqual(expected);
    reported.push(expected.length);
  }
  // Most of the documents are invalid.
  expect(reported.filter((count) => count > 1).length).toBeGreaterThan(4);
});
