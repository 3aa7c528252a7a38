import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparableOf, parseModel } from '../../../../generator/diff/model-file.js';
import { Cache } from '../../../../generator/support/cache.js';
import { olderVersions } from '../../../../generator/versions/older-versions.js';
import { catalogText, type EventText, VersionedCatalog } from '../../../support/catalogs/versioned-catalog.js';

let catalog: VersionedCatalog;
beforeEach(() => {
  catalog = new VersionedCatalog();
});
afterEach(() => catalog.remove());

const object = (properties: string, required = '') =>
  `{ type: object, additionalProperties: false, required: [${required}], properties: { ${properties} } }`;

const event = (version: string, payload: string, more?: string): EventText => {
  return { type: 'shop.order.placed', version, payload, ...(more === undefined ? {} : { more }) };
};

const older = (upcasters: Readonly<Record<string, string>> = {}) =>
  olderVersions(catalog.read(), catalog.releases(), new Map(Object.entries(upcasters)), new Cache());

const codes = () => older().problems.map(({ code }) => code);

describe('the older versions of an event', () => {
  it('are the last releases of each older major, with derived steps and schemas', () => {
    const ref = "{ $ref: '#/components/schemas/Order' }";
    catalog
      .release(catalogText([event('1.0.0', ref)], { Order: object('id: { type: string }', 'id') }))
      .release(catalogText([event('1.1.0', ref)], { Order: object('id: { type: string }, a: { type: string }', 'id') }))
      .write(
        catalogText([event('2.0.0', ref, 'x-upcast: derive')], {
          Order: object('id: { type: string }, b: { type: string, x-renamed-from: a }', 'id'),
        }),
      );
    const { model, problems } = older();
    expect(problems).toEqual([]);
    expect(model.events[0]?.older).toEqual([
      {
        major: 1,
        version: '1.1.0',
        payload: 'OrderV1',
        next: 'Order',
        step: 'v1ToV2',
        upcast: 'derive',
        derived: [
          { do: 'keep', name: 'id' },
          { do: 'rename', name: 'b', from: 'a' },
        ],
      },
    ]);
    expect(model.schemas.map(({ name, domain }) => [name, domain])).toEqual([
      ['Order', 'shop'],
      ['OrderV1', 'shop'],
    ]);
  });

  it('form a chain: each step has the word of the release that it leads to', () => {
    catalog
      .release(catalogText([event('1.0.0', object('a: { type: string }'))]))
      .release(catalogText([event('2.0.0', object('b: { type: string, x-renamed-from: a }'), 'x-upcast: derive')]))
      .write(catalogText([event('3.0.0', object('b: { type: number }'), 'x-upcast: code')]));
    const steps = older({ shop: 'export const shopUpcasters = {}' }).model.events[0]?.older ?? [];
    expect(steps.map(({ step, upcast, payload, next }) => [step, upcast, payload, next])).toEqual([
      ['v1ToV2', 'derive', 'OrderPlacedPayloadV1', 'OrderPlacedPayloadV2'],
      ['v2ToV3', 'code', 'OrderPlacedPayloadV2', 'OrderPlacedPayload'],
    ]);
  });

  it('do not exist without an older major: the model is the same object', () => {
    catalog.release(catalogText([event('1.0.0', object(''))])).write(catalogText([event('1.1.0', object(''))]));
    const built = catalog.read();
    expect(olderVersions(built, catalog.releases(), new Map(), new Cache()).model).toBe(built.model);
  });

  it('come from `x-versions` where the history has none, and a payload that several events use is added once', () => {
    const first = "{ $ref: '#/components/schemas/First' }";
    const words = `x-upcast: derive\nx-versions: { "1": { sunset: 2027-02-01, payload: ${first} } }`;
    const other: EventText = { type: 'shop.order.paid', version: '2.0.0', payload: object(''), more: words };
    catalog.write(
      catalogText([event('2.0.0', object('b: { type: string, x-renamed-from: a }'), words), other], {
        First: object('a: { type: string }'),
      }),
    );
    const { model, problems } = older();
    expect(problems).toEqual([]);
    expect(model.events.map(({ older: own }) => own?.[0])).toMatchObject([
      { version: '1.0.0', payload: 'FirstV1', sunset: '2027-02-01' },
      { version: '1.0.0', payload: 'FirstV1', sunset: '2027-02-01' },
    ]);
  });

  it('do not have retired majors, which are listed', () => {
    const retired = 'x-upcast: derive\nx-versions: { "1": { retired: 2027-03-02 } }';
    catalog
      .release(catalogText([event('1.0.0', object('a: { type: string }'))]))
      .write(catalogText([event('2.0.0', object(''), retired)]));
    const { model, problems } = older();
    expect(problems).toEqual([]);
    expect(model.events[0]).toMatchObject({ retired: [{ major: 1, retired: '2027-03-02' }] });
    expect(model.events[0]).not.toHaveProperty('older');
    expect(model.schemas.map(({ name }) => name)).toEqual(['OrderPlacedPayload']);
  });
});

describe('the names of adopted schemas', () => {
  const line = (more = '') => object(`sku: { type: string }${more}`);
  const order = (more = '') => object(`line: { $ref: '#/components/schemas/Line' }${more}`);
  const ref = "{ $ref: '#/components/schemas/Order' }";

  it('a schema below the payload that did not change is shared with the catalog', () => {
    catalog
      .release(catalogText([event('1.0.0', ref)], { Order: order(', a: { type: string }'), Line: line() }))
      .write(catalogText([event('2.0.0', ref, 'x-upcast: derive')], { Order: order(), Line: line() }));
    expect(older().model.schemas.map(({ name, uses }) => [name, uses])).toEqual([
      ['Line', []],
      ['Order', ['Line']],
      ['OrderV1', ['Line']],
    ]);
  });

  it('a schema below the payload that changed has its own name', () => {
    catalog
      .release(catalogText([event('1.0.0', ref)], { Order: order(), Line: line() }))
      .write(
        catalogText([event('2.0.0', ref, 'x-upcast: derive')], { Order: order(), Line: line(', n: { type: number }') }),
      );
    expect(older().model.schemas.map(({ name, uses }) => [name, uses])).toEqual([
      ['Line', []],
      ['LineV1', []],
      ['Order', ['Line']],
      ['OrderV1', ['LineV1']],
    ]);
  });

  it('a schema of another domain is not shared: its module does not change', () => {
    const mail = (version: string, payload: string, more?: string): EventText => {
      return { type: 'mail.parcel.sent', version, payload, ...(more === undefined ? {} : { more }) };
    };
    const shop = { type: 'shop.order.placed', payload: ref };
    catalog
      .release(catalogText([shop, mail('1.0.0', ref)], { Order: order(), Line: line() }))
      .write(catalogText([shop, mail('2.0.0', object(''), 'x-upcast: derive')], { Order: order(), Line: line() }));
    expect(older().model.schemas.map(({ name, domain }) => [name, domain])).toEqual([
      ['Line', 'shop'],
      ['LineV1', 'mail'],
      ['Order', 'shop'],
      ['OrderV1', 'mail'],
      ['ParcelSentPayload', 'mail'],
    ]);
  });

  it('an older payload that events of two domains had is in no domain', () => {
    const first = (name: string, version: string, payload: string, more?: string): EventText => {
      return { type: `${name}.${name}.sent`, version, payload, ...(more === undefined ? {} : { more }) };
    };
    catalog.release(
      catalogText([first('a', '1.0.0', ref), first('b', '1.0.0', ref)], { Order: order(), Line: line() }),
    );
    const now = ['a', 'b'].map((name) => first(name, '2.0.0', object(''), 'x-upcast: derive'));
    catalog.write(catalogText(now));
    const { schemas } = older().model;
    expect(schemas.map(({ name, domain }) => [name, domain])).toEqual([
      ['ASentPayload', 'a'],
      ['BSentPayload', 'b'],
      ['LineV1', undefined],
      ['OrderV1', undefined],
    ]);
  });

  it('a payload that did not change keeps its own name, and refers to the present one', () => {
    catalog
      .release(catalogText([event('1.0.0', ref)], { Order: order(), Line: line() }))
      .write(catalogText([event('2.0.0', ref, 'x-upcast: same')], { Order: order(), Line: line() }));
    expect(older().model.schemas.find(({ name }) => name === 'OrderV1')).toMatchObject({
      schema: { $ref: '#/$defs/Order' },
      uses: ['Order'],
    });
  });

  it('a name of the catalog is not taken', () => {
    catalog.release(catalogText([event('1.0.0', ref)], { Order: order(', a: { type: string }'), Line: line() })).write(
      catalogText([event('2.0.0', ref, 'x-upcast: derive')], {
        Order: order(", b: { $ref: '#/components/schemas/OrderV1' }"),
        Line: line(),
        OrderV1: line(),
      }),
    );
    expect(older().model.events[0]?.older?.[0]?.payload).toBe('OrderPlacedOrderV1');
  });

  it('do not change when another event gets an older version with the same name, or when a version retires', () => {
    const paid = (version: string, payload: string, more = ''): EventText => {
      return { type: 'shop.an.event', version, payload, ...(more === '' ? {} : { more }) };
    };
    const first = { Order: order(', a: { type: string }'), Line: line() };
    const second = { Order: order(', b: { type: string }'), Line: line() };
    const third = { Order: order(', c: { type: string }'), Line: line() };
    const now = event('2.0.0', ref, 'x-upcast: derive');
    catalog.release(catalogText([event('1.0.0', ref)], first));
    catalog.release(catalogText([now, paid('1.0.0', ref)], second));
    catalog.write(catalogText([now, paid('2.0.0', ref, 'x-upcast: derive')], third));
    const names = () => Object.fromEntries(older().model.events.map(({ key, older: own }) => [key, own?.[0]?.payload]));
    expect(names()).toEqual({ AnEvent: 'AnEventOrderV1', OrderPlaced: 'OrderV1' });
    const retired = event('2.0.0', ref, 'x-upcast: derive\nx-versions: { "1": { retired: 2027-03-02 } }');
    catalog.write(catalogText([retired, paid('2.0.0', ref, 'x-upcast: derive')], third));
    expect(names()).toEqual({ AnEvent: 'AnEventOrderV1', OrderPlaced: undefined });
  });
});

it('the model does not depend on the order of the document', () => {
  const events = (version: string, more: string) =>
    ['a', 'b', 'c'].map((name): EventText => {
      const payload = object(`${name}: { $ref: '#/components/schemas/Line' }, x${version.at(0)}: { type: string }`);
      return { type: `shop.${name}.done`, version, payload, ...(more === '' ? {} : { more }) };
    });
  const lines = [object('sku: { type: string }'), object('sku: { type: string }, n: { type: number }')];
  const modelOf = (order: <T>(all: T[]) => T[]) => {
    catalog.remove();
    catalog = new VersionedCatalog();
    catalog.release(catalogText(order(events('1.0.0', '')), { Line: lines[0] ?? '' }));
    catalog.write(catalogText(order(events('2.0.0', 'x-upcast: derive')), { Line: lines[1] ?? '' }));
    const { events: all, schemas, catalog: info } = older().model;
    const plain = (parts: readonly object[]) => parts.map((part) => ({ ...part, source: undefined }));
    return { events: plain(all), schemas: plain(schemas), hash: info.hash };
  };
  const model = modelOf((all) => all);
  expect(model.schemas).toHaveLength(8);
  expect(modelOf((all) => [...all].reverse())).toEqual(model);
});

describe('a comparison', () => {
  it('sees a model with older versions like the catalog itself, also after catalog.json was read', () => {
    catalog
      .release(catalogText([event('1.0.0', object('a: { type: string }'))]))
      .write(catalogText([event('2.0.0', object(''), 'x-upcast: derive')]));
    const own = comparableOf(catalog.read().model);
    const { model } = older();
    expect(model.catalog.hash).not.toBe(own.catalog.hash);
    expect(comparableOf(model)).toEqual(own);
    expect(parseModel(JSON.stringify(model))).toEqual(own);
  });

  it('the hash covers the text of the written conversions', () => {
    catalog
      .release(catalogText([event('1.0.0', object('a: { type: string }'))]))
      .write(catalogText([event('2.0.0', object(''), 'x-upcast: code')]));
    const [first, second, third] = ['one\n', 'two\n', 'one\r\n'].map((text) => older({ shop: text }).model.catalog);
    expect(first?.hash).not.toBe(second?.hash);
    // A checkout on Windows converts line ends.
    expect(third?.hash).toBe(first?.hash);
    expect(first?.ownHash).toBe(second?.ownHash);
  });
});

describe('the problems of versions', () => {
  const one = () => catalog.release(catalogText([event('1.0.0', object('a: { type: string }', 'a'))]));

  it('UPCASTER_MISSING without a word: shows the derivable steps and names the command', () => {
    one().write(catalogText([event('2.0.0', object('b: { type: string, x-renamed-from: a }', 'b'))]));
    const [problem, ...others] = older().problems;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'UPCASTER_MISSING', severity: 'error', line: 9 });
    expect(problem?.message).toMatch(/shop.order.placed is 2.0.0, and entries of 1.0.0 may be alive/);
    expect(problem?.hint).toContain('hyvve-events upcaster shop.order.placed');
    expect(problem?.hint).toContain('a → b');
  });

  it('UPCASTER_MISSING for `derive` where nothing can be derived, and for `code` without a file', () => {
    one().write(catalogText([event('2.0.0', object('a: { type: number }', 'a'), 'x-upcast: derive')]));
    expect(older().problems[0]).toMatchObject({ code: 'UPCASTER_MISSING', message: expect.stringContaining('$.a') });
    catalog.write(catalogText([event('2.0.0', object('a: { type: number }', 'a'), 'x-upcast: code')]));
    expect(codes()).toEqual(['UPCASTER_MISSING']);
    expect(older({ shop: '' }).problems).toEqual([]);
  });

  it('UPCASTER_MISSING for a step between releases that do not say it, until it is written', () => {
    one()
      .release(catalogText([event('2.0.0', object('b: { type: string }', 'b'))]))
      .write(catalogText([event('3.0.0', object('b: { type: string }'), 'x-upcast: derive')]));
    expect(older().problems).toMatchObject([{ code: 'UPCASTER_MISSING', hint: expect.stringContaining('v1ToV2') }]);
    const { problems, model } = older({ shop: '' });
    expect(problems).toEqual([]);
    expect(model.events[0]?.older?.map(({ upcast }) => upcast)).toEqual(['code', 'derive']);
  });

  it.each(['derive', 'same'])('UPCASTER_MISSING for `%s` that was released with the version before', (word) => {
    const same = object('a: { type: string }');
    catalog
      .release(catalogText([event('1.0.0', same)]))
      .release(catalogText([event('2.0.0', same, 'x-upcast: same')]))
      .release(catalogText([event('2.1.0', object('a: { type: string }, b: { type: string }'), 'x-upcast: same')]));
    const third = object(word === 'same' ? 'a: { type: string }, b: { type: string }' : 'a: { type: string }');
    const at = (more: string) => catalog.write(catalogText([event('3.0.0', third, more)]));
    at(`x-upcast: ${word}`);
    expect(older().problems).toMatchObject([
      {
        code: 'UPCASTER_MISSING',
        message: expect.stringContaining(
          `\`x-upcast\` was released with 2.1.0: for this version it must be \`{ "3": ${word} }\``,
        ),
      },
    ]);
    at(`x-upcast: { "3": ${word}, "2": same }`);
    const { problems, model } = older();
    expect(problems).toEqual([]);
    expect(model.events[0]?.older?.map(({ upcast }) => upcast)).toEqual(['same', word]);
    at('x-upcast: { "2": same }');
    expect(codes()).toEqual(['UPCASTER_MISSING']);
  });

  it('VERSION_UNRELEASED for a word about a version that no release has', () => {
    catalog.write(catalogText([event('2.0.0', object(''), 'x-upcast: derive')]));
    expect(codes()).toEqual(['VERSION_UNRELEASED']);
    catalog.write(catalogText([event('2.0.0', object(''), 'x-versions: { "1": { sunset: 2027-01-01 } }')]));
    expect(codes()).toEqual(['VERSION_UNRELEASED']);
  });

  it('RENAME_UNKNOWN for a property that the former version does not have, with the similar name', () => {
    one().write(catalogText([event('2.0.0', object('b: { type: string, x-renamed-from: aa }'), 'x-upcast: code')]));
    const found = older({ shop: '' }).problems;
    expect(found).toMatchObject([{ code: 'RENAME_UNKNOWN', line: 11, hint: 'write `x-renamed-from: a`' }]);
  });

  it('VERSION_INVALID for entries that contradict each other or the history', () => {
    const versions = (text: string, version = '2.0.0') => {
      catalog.write(
        catalogText([event(version, object('a: { type: string }'), `x-upcast: derive\nx-versions: ${text}`)]),
      );
      return codes();
    };
    one();
    expect(versions('{ "2": { retired: 2027-01-01 } }')).toContain('VERSION_INVALID');
    expect(versions('{ "1": { payload: { type: object } } }')).toContain('VERSION_INVALID');
    expect(versions('{ "2": { retired: 2027-01-01 } }', '3.0.0')).toContain('VERSION_INVALID');
  });

  it.each([
    ['x-upcast: always', /derive, code or same/],
    ['x-upcast: { "2": always }', /derive, code or same/],
    ['x-upcast: { two: derive }', /not a major version/],
    ['x-versions: [1]', /must be a mapping/],
    ['x-versions: { one: {} }', /not a major version/],
    ['x-versions: { "1": { sunset: 2027-02-30 } }', /must be a date/],
    ['x-versions: { "1": { retierd: 2027-02-03 } }', /write `retired`/],
  ])('VERSION_INVALID for `%s`', (more, message) => {
    catalog.write(catalogText([event('2.0.0', object(''), more)]));
    expect(() => catalog.read()).toThrow(message);
  });
});
