import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../../../generator/model/event-model.js';
import { deriveSteps, obstaclesToSame } from '../../../../generator/versions/derive-steps.js';

type Properties = Readonly<Record<string, JsonSchema>>;

const closed = (properties: Properties, required: readonly string[] = []): JsonSchema => {
  return { type: 'object', required, properties, additionalProperties: false };
};

const payload = (schema: JsonSchema, others: Properties = {}) => {
  return { name: 'Order', definitions: new Map(Object.entries({ Order: schema, ...others })) };
};

const derive = (old: JsonSchema, now: JsonSchema, oldOthers: Properties = {}, nowOthers = oldOthers) =>
  deriveSteps(payload(old, oldOthers), payload(now, nowOthers));

const text = { type: 'string' } as const;
const number = { type: 'number' } as const;
/** A change next to the one that a test is about, so that the structure changes. */
const next: Properties = { added: text };

describe('a derived step', () => {
  it.each<[string, JsonSchema, JsonSchema, object[]]>([
    [
      'copies a property with the same schema',
      closed({ id: text }, ['id']),
      closed({ id: text, ...next }, ['id']),
      [{ do: 'keep', name: 'id' }],
    ],
    [
      'copies a property with the same schema that has a choice or a pattern',
      closed({ a: { oneOf: [text, number] }, b: { type: 'string', pattern: '^a' } }),
      closed({ a: { oneOf: [text, number] }, b: { type: 'string', pattern: '^a' }, ...next }),
      [
        { do: 'keep', name: 'a' },
        { do: 'keep', name: 'b' },
      ],
    ],
    [
      'copies a property whose texts for readers changed',
      closed({ id: { type: 'string', description: 'Old', examples: ['a'] } }),
      closed({ id: { type: 'string', description: 'New', title: 'Id' }, ...next }),
      [{ do: 'keep', name: 'id' }],
    ],
    [
      'copies a property with wider limits, types and values',
      closed({ a: { type: 'integer', maximum: 5 }, b: { type: 'string', enum: ['x'] }, c: text }),
      closed({ a: number, b: { type: 'string', enum: ['x', 'y'] }, c: { type: ['string', 'null'] } }),
      [
        { do: 'keep', name: 'a' },
        { do: 'keep', name: 'b' },
        { do: 'keep', name: 'c' },
      ],
    ],
    [
      'copies a list and a closed object with wider content',
      closed({ list: { type: 'array', items: { type: 'string', maxLength: 3 } }, inner: closed({ a: text }, ['a']) }),
      closed({ list: { type: 'array', items: { type: 'string', maxLength: 4 } }, inner: closed({ a: text, b: text }) }),
      [
        { do: 'keep', name: 'list' },
        { do: 'keep', name: 'inner' },
      ],
    ],
    [
      'sets the default of a property that became required, for data without it',
      closed({ currency: text }),
      closed({ currency: { type: 'string', default: 'EUR' } }, ['currency']),
      [{ do: 'keep', name: 'currency', default: 'EUR' }],
    ],
    [
      'sets the only value of a property that became required',
      closed({ kind: { const: 'a' } }),
      closed({ kind: { const: 'a' } }, ['kind']),
      [{ do: 'keep', name: 'kind', default: 'a' }],
    ],
    [
      'renames a property',
      closed({ customer: text }, ['customer']),
      closed({ customerName: { type: 'string', 'x-renamed-from': 'customer' } }, ['customerName']),
      [{ do: 'rename', name: 'customerName', from: 'customer' }],
    ],
    [
      'renames a property that became required, with its default',
      closed({ customer: text }),
      closed({ buyer: { type: 'string', 'x-renamed-from': 'customer', default: 'unknown' } }, ['buyer']),
      [{ do: 'rename', name: 'buyer', from: 'customer', default: 'unknown' }],
    ],
    [
      'keeps a property whose rename belongs to an earlier version',
      closed({ buyer: { type: 'string', 'x-renamed-from': 'customer' } }),
      closed({ buyer: { type: 'string', 'x-renamed-from': 'customer' }, ...next }),
      [{ do: 'keep', name: 'buyer' }],
    ],
    [
      'sets a new required property with a default, a null or an only value',
      closed({ id: text }, ['id']),
      closed({ id: text, a: { type: 'string', default: 'x' }, b: { type: 'null', default: null }, c: { const: 3 } }, [
        ...['id', 'a', 'b', 'c'],
      ]),
      [
        { do: 'keep', name: 'id' },
        { do: 'set', name: 'a', value: 'x' },
        { do: 'set', name: 'b', value: null },
        { do: 'set', name: 'c', value: 3 },
      ],
    ],
    [
      'leaves out a new optional property, even with a default',
      closed({ id: text }),
      closed({ id: text, a: { type: 'string', default: 'x' } }),
      [{ do: 'keep', name: 'id' }],
    ],
    [
      'drops a property that is gone',
      closed({ id: text, note: text }),
      closed({ id: text }),
      [
        { do: 'keep', name: 'id' },
        { do: 'drop', name: 'note' },
      ],
    ],
  ])('%s', (_, old, now, steps) => {
    expect(derive(old, now)).toMatchObject({ steps, obstacles: [], unclear: [] });
  });

  it('follows references on both sides, also of schemas that refer to themselves', () => {
    const node = closed({ name: text, child: { $ref: '#/$defs/Node' } });
    const wider = closed({ name: { type: ['string', 'null'] }, child: { $ref: '#/$defs/Node' } });
    const order = closed({ root: { $ref: '#/$defs/Node' } });
    const result = derive(order, order, { Node: node }, { Node: wider });
    expect(result).toMatchObject({ steps: [{ do: 'keep', name: 'root' }], obstacles: [] });
  });
});

it('lists the copied properties whose description changed', () => {
  const described = (description: string) => ({ type: 'number', description }) as const;
  const old = closed({ a: described('In euros.'), b: described('Same.'), c: described('Gone.'), d: described('Old.') });
  const renamed = { type: 'number', description: 'New.', 'x-renamed-from': 'd' } as const;
  const now = closed({ a: described('In cents.'), b: described('Same.'), e: renamed });
  expect(derive(old, now).reworded).toEqual(['a', 'e']);
});

describe('no step is derived for', () => {
  const unit = (name: string) => ({ type: 'number', 'x-unit': name }) as const;
  it.each<[string, JsonSchema, JsonSchema, RegExp]>([
    ['a new required property without a default', closed({}), closed({ a: text }, ['a']), /a: it is new and required/],
    [
      'a new required property with an invalid default',
      closed({}),
      closed({ a: { type: 'string', default: 3 } }, ['a']),
      /no valid default/,
    ],
    [
      'a property that became required without a default',
      closed({ a: text }),
      closed({ a: text }, ['a']),
      /became required/,
    ],
    ['a type that changed', closed({ a: text }), closed({ a: number }), /a: /],
    [
      'a narrower limit',
      closed({ a: { type: 'number', maximum: 9 } }),
      closed({ a: { type: 'number', maximum: 8 } }),
      /a: /,
    ],
    [
      'a choice that changed',
      closed({ a: { oneOf: [text, number] } }),
      closed({ a: { oneOf: [text, number, { type: 'null' }] } }),
      /`oneOf` changed/,
    ],
    [
      'an alternative that changed',
      closed({ a: { anyOf: [text] } }),
      closed({ a: { anyOf: [text, number] } }),
      /`anyOf` changed/,
    ],
    [
      'a pattern that changed',
      closed({ a: { type: 'string', pattern: '^a' } }),
      closed({ a: text }),
      /`pattern` changed/,
    ],
    [
      'a format that changed',
      closed({ a: { type: 'string', format: 'date' } }),
      closed({ a: text }),
      /`format` changed/,
    ],
    ['a condition that changed', closed({ a: { not: text } }), closed({ a: { not: number } }), /`not` changed/],
    [
      'an encoding that changed',
      closed({ a: { type: 'string', contentEncoding: 'base64' } }),
      closed({ a: text }),
      /contentEncoding/,
    ],
    ['a unit that changed', closed({ a: unit('EUR') }), closed({ a: unit('cent'), ...next }), /`x-unit` changed/],
    ['a unit that is new', closed({ a: number }), closed({ a: unit('cent'), ...next }), /`x-unit` changed/],
    [
      'a default that changed',
      closed({ a: { type: 'string', default: 'EUR' } }),
      closed({ a: { type: 'string', default: 'USD' }, ...next }),
      /`default` changed/,
    ],
    [
      'a unit within a list that changed',
      closed({ a: { type: 'array', items: unit('EUR') } }),
      closed({ a: { type: 'array', items: unit('cent') } }),
      /\[\*\]: `x-unit` changed/,
    ],
    [
      'a nested rename',
      closed({ a: closed({ b: text }) }),
      closed({ a: closed({ c: { type: 'string', 'x-renamed-from': 'b' } }) }),
      /only the properties of the payload itself/,
    ],
    [
      'a nested property that is gone',
      closed({ a: closed({ b: text, c: text }) }),
      closed({ a: closed({ b: text }) }),
      /a/,
    ],
    [
      'a nested open object that changed',
      closed({ a: { type: 'object', properties: { b: text } } }),
      closed({ a: { type: 'object', properties: { b: text, c: text } } }),
      /may have other properties/,
    ],
    [
      'an open payload',
      { type: 'object', properties: { a: text } },
      closed({ a: text, ...next }),
      /the older version may have properties/,
    ],
    [
      'a payload that is open now',
      closed({ a: text }),
      { type: 'object', properties: { a: text, ...next } },
      /the new version may have properties/,
    ],
    [
      'a payload with more than properties',
      { ...(closed({ a: text }) as object), minProperties: 1 },
      closed({ a: text, ...next }),
      /`minProperties`/,
    ],
    [
      'a payload that is a choice',
      { oneOf: [closed({ a: text })] },
      closed({ a: text, ...next }),
      /not described as an object/,
    ],
    [
      'a renamed property whose old name stays',
      closed({ a: text }),
      closed({ a: text, b: { type: 'string', 'x-renamed-from': 'a' } }),
      /which still exists/,
    ],
    [
      'a renamed property that existed before',
      closed({ a: text, b: text }),
      closed({ b: { type: 'string', 'x-renamed-from': 'a' } }),
      /has both/,
    ],
    [
      'two properties that are renamed from one',
      closed({ a: text }),
      closed({ b: { type: 'string', 'x-renamed-from': 'a' }, c: { type: 'string', 'x-renamed-from': 'a' } }),
      /b and c are renamed from the same property/,
    ],
    [
      'a rename from an unknown property',
      closed({ a: text }),
      closed({ b: { type: 'string', 'x-renamed-from': 'x' } }),
      /no property x/,
    ],
    [
      'a renamed property of another type',
      closed({ a: text }),
      closed({ b: { type: 'number', 'x-renamed-from': 'a' } }),
      /b: /,
    ],
    [
      'a payload whose structure did not change',
      closed({ a: text }),
      closed({ a: { type: 'string', description: 'New' } }),
      /the structure did not change/,
    ],
    [
      'a payload of which only the mark of a rename is gone',
      closed({ a: { type: 'string', 'x-renamed-from': 'b' } }),
      closed({ a: text }),
      /the structure did not change/,
    ],
    [
      'a payload with another `x-` word',
      { ...(closed({ a: text }) as object), 'x-unit': 'EUR' },
      { ...(closed({ a: text, ...next }) as object), 'x-unit': 'cent' },
      /`x-unit` changed/,
    ],
  ])('%s', (_, old, now, reason) => {
    expect(derive(old, now).obstacles.join('\n')).toMatch(reason);
  });

  it('a unit next to a reference that changed, in a schema that refers to itself', () => {
    const node = (unitName: string, name: JsonSchema) =>
      closed({ name, child: { $ref: '#/$defs/Node', 'x-unit': unitName } as JsonSchema });
    const order = closed({ root: { $ref: '#/$defs/Node' } });
    const wider: JsonSchema = { type: ['string', 'null'] };
    const { obstacles } = derive(order, order, { Node: node('a', text) }, { Node: node('b', wider) });
    expect(obstacles.join()).toContain('`x-unit` changed');
  });
});

describe('the word `same`', () => {
  const same = (old: JsonSchema, now: JsonSchema) => obstaclesToSame(payload(old), payload(now));

  it('allows a major without a structural change, also of payloads that no step can be derived for', () => {
    const choice = { oneOf: [{ type: 'object', properties: { a: text } }, text] } as const;
    expect(same(choice, { ...choice, description: 'Clearer' })).toEqual([]);
    expect(same(closed({ a: text }), closed({ a: text }))).toEqual([]);
  });

  it('allows a wider schema, because older data stays valid', () => {
    expect(same(closed({ a: { enum: ['x'] } }), closed({ a: { enum: ['x', 'y'] } }))).toEqual([]);
  });

  it('refuses a change of which older data is invalid, and a unit that changed', () => {
    expect(same(closed({ a: text }), closed({ a: number }))).not.toEqual([]);
    expect(same(closed({ a: text, b: text }), closed({ a: text }))).not.toEqual([]);
    const unit = (name: string) => closed({ a: { type: 'number', 'x-unit': name } });
    expect(same(unit('EUR'), unit('cent')).join()).toContain('`x-unit` changed');
  });
});
