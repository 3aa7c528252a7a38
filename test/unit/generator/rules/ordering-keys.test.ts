import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../generator/pipeline.js';
import { GeneratorError } from '../../../../generator/support/errors.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordering-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const schemas = {
  Order: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, note: { type: 'string' } } },
  Maybe: { type: 'object', properties: { id: { type: 'string' } } },
};
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** `line: message; hint` of each error. The lines are those of the keys: every key of the message is on a line of its own. */
async function errorsOf(payload: unknown, words: Readonly<Record<string, unknown>>): Promise<string[]> {
  const lines = Object.entries(words).map(([key, value]) => `        ${key}: ${JSON.stringify(value)}`);
  const text = `asyncapi: 3.0.0
info: { title: Shop, version: 1.0.0 }
channels:
  shop:
    messages:
      OrderPlaced:
        name: shop.order.placed
${lines.join('\n')}
        payload: ${JSON.stringify(payload)}
components: { schemas: ${JSON.stringify(schemas)} }
`;
  writeFileSync(join(folder, 'asyncapi.yaml'), text);
  try {
    await loadCatalog({ catalog: join(folder, 'asyncapi.yaml') });
    return [];
  } catch (error) {
    if (!(error instanceof GeneratorError)) throw error;
    const found = error.problems.filter(({ severity }) => severity === 'error');
    expect(found.map(({ code }) => code)).toEqual(found.map(() => 'ORDERING_KEY_INVALID'));
    return found.map(({ line, message, hint }) => `${line}: ${message}; ${hint}`);
  }
}

const objectWith = (id: unknown) => ({ type: 'object', required: ['id'], properties: { id } });
const key = (pointer: unknown) => ({ 'x-ordering-key': pointer });

describe('an ordering key', () => {
  it.each<[string, unknown, string]>([
    ['a required string', objectWith({ type: 'string' }), '/id'],
    ['a required integer', objectWith({ type: 'integer' }), '/id'],
    ['a string or an integer', objectWith({ anyOf: [{ type: 'string' }, { type: 'integer' }] }), '/id'],
    ['an enum', objectWith({ enum: ['a', 7] }), '/id'],
    ['of a schema that is referred to', ref('Order'), '/id'],
    ['of a base', { allOf: [ref('Order'), { properties: { more: { type: 'string' } } }] }, '/id'],
    ['that another part requires', { allOf: [ref('Maybe'), { required: ['id'] }] }, '/id'],
    ['of every alternative', { oneOf: [ref('Order'), objectWith({ type: 'integer' })] }, '/id'],
    [
      'that every alternative requires',
      { ...schemas.Maybe, anyOf: [{ required: ['id'] }, { required: ['id'] }] },
      '/id',
    ],
    ['in a required object', objectWith(objectWith({ type: 'string' })), '/id/id'],
    [
      'with a name that the pointer escapes',
      { type: 'object', required: ['a/b ~'], properties: { 'a/b ~': { type: 'string' } } },
      '/a~1b ~0',
    ],
  ])('%s: valid', async (_what, payload, pointer) => {
    expect(await errorsOf(payload, key(pointer))).toEqual([]);
  });

  it.each<[string, unknown, string, string]>([
    [
      'that is not described',
      ref('Order'),
      '/customer',
      '/customer is not required, so an event might have no key; add `customer` to `required` of the payload',
    ],
    ['that is optional', ref('Order'), '/note', '/note is not required'],
    ['that one alternative does not require', { oneOf: [ref('Order'), ref('Maybe')] }, '/id', '/id is not required'],
    [
      'of a parent that is optional',
      { type: 'object', properties: { id: ref('Order') } },
      '/id/id',
      '/id is not required, so an event might have no key; add `id` to `required` of the payload',
    ],
    [
      'of a nested object that does not require it',
      objectWith(ref('Maybe')),
      '/id/id',
      '/id/id is not required, so an event might have no key; add `id` to `required` of /id',
    ],
    [
      'of a parent that may be null',
      objectWith({ ...objectWith({ type: 'string' }), type: ['object', 'null'] }),
      '/id/id',
      '/id is not always an object; give /id `type: object`',
    ],
    ['in a list', objectWith({ type: 'array', items: { type: 'string' } }), '/id/0', '/id is not always an object'],
    [
      'of a payload of any type',
      { properties: { id: { type: 'string' } }, required: ['id'] },
      '/id',
      'the payload is not always an object',
    ],
    [
      'of any type',
      objectWith(true),
      '/id',
      'it must be a string or an integer, but any value is valid there; give it `type: string` or `type: integer`',
    ],
    ['that is a number', objectWith({ type: 'number' }), '/id', 'but values of type number are valid there'],
    [
      'that may be null',
      objectWith({ type: ['string', 'null'] }),
      '/id',
      'but values of type string or null are valid there',
    ],
    ['that is an object', objectWith(ref('Order')), '/id', 'but values of type object are valid there'],
    [
      'of which one alternative is no text',
      { oneOf: [ref('Order'), objectWith({ type: 'boolean' })] },
      '/id',
      'but values of type string or boolean are valid there',
    ],
    [
      'that is personal data',
      objectWith({ type: 'string', 'x-personal-data': true }),
      '/id',
      '/id is personal data, which the admin service hides in the payload but not in the key',
    ],
    [
      'in an object that is personal data',
      objectWith({ ...ref('Order'), 'x-personal-data': true }),
      '/id/id',
      '/id is personal data',
    ],
  ])('%s: refused with its place and the fix', async (_what, payload, pointer, message) => {
    const [error, ...more] = await errorsOf(payload, key(pointer));
    expect(more).toEqual([]);
    expect(error).toContain(`8: the ordering key of shop.order.placed is at ${pointer} of the payload: `);
    expect(error).toContain(message);
  });

  it.each([['id'], [''], ['/id/~2'], [7], [null], [['/id']]])(
    'that is %j: not a pointer to a property',
    async (pointer) => {
      expect(await errorsOf(ref('Order'), key(pointer))).toEqual([
        `8: \`x-ordering-key\` must be a JSON pointer to a property; it is ${JSON.stringify(pointer)}; begin each name with \`/\`: \`x-ordering-key: /orderId\``,
      ]);
    },
  );
});

describe('x-partition-by', () => {
  it('ordering-key, with an ordering key: valid', async () => {
    expect(await errorsOf(ref('Order'), { ...key('/id'), 'x-partition-by': 'ordering-key' })).toEqual([]);
  });

  it('without an ordering key: refused', async () => {
    expect(await errorsOf(ref('Order'), { 'x-partition-by': 'ordering-key' })).toEqual([
      expect.stringMatching(/^8: `x-partition-by: ordering-key` needs an ordering key; add `x-ordering-key`/),
    ]);
  });

  it.each([['tenant'], [true], ['/id']])('%j: refused', async (value) => {
    expect(await errorsOf(ref('Order'), { ...key('/id'), 'x-partition-by': value })).toEqual([
      expect.stringMatching(
        /^9: `x-partition-by` must be ordering-key; it is .*; write `x-partition-by: ordering-key`, or remove it/,
      ),
    ]);
  });
});
