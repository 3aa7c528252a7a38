import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate, loadCatalog } from '../../../../generator/pipeline.js';
import { GeneratorError, type Problem } from '../../../../generator/support/errors.js';
import { passedSunsets } from '../../../../generator/versions/passed-sunsets.js';
import { catalogText, VersionedCatalog } from '../../../support/catalogs/versioned-catalog.js';

let catalog: VersionedCatalog;
beforeEach(() => {
  catalog = new VersionedCatalog();
});
afterEach(() => catalog.remove());

const object = (properties: string, required = '') =>
  `{ type: object, additionalProperties: false, required: [${required}], properties: { ${properties} } }`;

const before = object('amount: { type: number, minimum: 0 }, note: { type: string }', 'amount');
const after = object('cents: { type: integer, minimum: 0 }, note: { type: string }', 'cents');
const event = { type: 'shop.order.paid', payload: before };

/** A catalog whose only conversion is written. @param body The function, or the whole file if it has an export. */
function written(body: string, type = "import type { ShopUpcasters } from '#sdk/shop';\n") {
  const file = `${type}export const shopUpcasters: ShopUpcasters = { OrderPaid: { v1ToV2: ${body} } };\n`;
  catalog
    .release(catalogText([event]))
    .write(catalogText([{ ...event, version: '2.0.0', payload: after, more: 'x-upcast: code' }]))
    .writeFile('upcasters/shop.ts', body.includes('export') ? body : file);
}

/** What `check` reports about versions. */
async function checked(): Promise<readonly Problem[]> {
  const problems = await loadCatalog({ catalog: catalog.path, isThorough: true }).then(
    ({ warnings }) => warnings,
    (error: unknown) => (error instanceof GeneratorError ? error.problems : Promise.reject(error)),
  );
  return problems.filter(({ code }) => /^UPCAST|^VERSION|^RENAME/.test(code));
}

const good = '({ amount, ...rest }) => ({ ...rest, cents: Math.round(amount * 100) })';

describe('a written conversion', () => {
  it('that gives valid data for every sample: no problem', async () => {
    written(good);
    expect(await checked()).toEqual([]);
  });

  it.each([
    [
      '({ amount }) => ({ cents: amount + 0.5 })',
      /v1ToV2 \(code\) fails for data of 1.0.0: its result is not valid: .*cents.*; sample: \{/,
    ],
    ['(data) => ({ ...data, cents: 1 })', /must NOT have additional properties/],
    ['() => { throw new Error("no") }', /it throws: no; sample/],
    ['async () => ({ cents: 1 })', /returns a promise/],
    ['() => undefined', /its result is not valid/],
    ['(data) => { if (data.note !== undefined) throw new Error("a note"); return { cents: 1 }; }', /it throws: a note/],
  ])('%s: UPCAST_UNSOUND with a sample, at the function', async (body, message) => {
    written(body);
    const [problem, ...others] = await checked();
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'UPCAST_UNSOUND', severity: 'error', line: 2 });
    expect(problem?.file).toMatch(/catalog\/upcasters\/shop\.ts$/);
    expect(problem?.message).toMatch(message);
  });

  it.each([
    ['(data) => TODO(data)', /OrderPaid.v1ToV2 is not finished/],
    ['export const shopUpcasters = { OrderPaid: {} };', /no function OrderPaid.v1ToV2/],
  ])('%s: UPCASTER_MISSING', async (body, message) => {
    written(body);
    expect(await checked()).toMatchObject([{ code: 'UPCASTER_MISSING', message: expect.stringMatching(message) }]);
  });

  it('that is not finished does not stop `generate`, whose types its author needs', async () => {
    written('(data) => TODO(data)');
    const { warnings, emitted } = await generate({ catalog: catalog.path, out: catalog.out });
    expect(warnings.filter(({ code }) => code === 'UPCASTER_MISSING')).toMatchObject([{ severity: 'warning' }]);
    expect(emitted.map(({ path }) => path)).toContain('upcasters/shop.ts');
  });

  it('is never replaced by its copy, if the SDK is in the folder of the catalog', async () => {
    written(good);
    const out = dirname(catalog.path);
    const before = readFileSync(join(out, 'upcasters/shop.ts'), 'utf8');
    await expect(generate({ catalog: catalog.path, out })).rejects.toThrow(/UPCASTER_INVALID.*would replace it/);
    expect(readFileSync(join(out, 'upcasters/shop.ts'), 'utf8')).toBe(before);
  });

  it('in the folder of the copies is not overwritten', async () => {
    written(good);
    await generate({ catalog: catalog.path, out: catalog.out });
    writeFileSync(join(catalog.out, 'upcasters/shop.ts'), 'export const mine = 1;\n');
    await expect(generate({ catalog: catalog.path, out: catalog.out })).rejects.toThrow(/FILE_UNWRITABLE/);
  });

  it.each([
    ["import { x } from './other.js';\nexport const shopUpcasters = {};", /the import of .\/other.js/, 1],
    ["\nimport { ShopUpcasters } from '#sdk/shop';\nexport const shopUpcasters = {};", /#sdk\/shop/, 2],
    ["import type { X } from '#sdk/mails';\nexport const shopUpcasters = {};", /no module #sdk\/mails/, 1],
    ["export const shopUpcasters = { OrderPaid: { v1ToV2: () => require('node:fs') } };", /node:fs/, 1],
    ['export const upcasters = {};', /does not export shopUpcasters/, 1],
    ['export const shopUpcasters = ;', /the file failed/, 1],
  ])('in a file such as %j: UPCASTER_INVALID', async (text, message, line) => {
    written(text);
    expect(await checked()).toMatchObject([
      { code: 'UPCASTER_INVALID', severity: 'error', line, message: expect.stringMatching(message) },
    ]);
  });
});

describe('the chain of conversions', () => {
  const chain = (v1ToV2: string, v2ToV3: string) => {
    const third = object('total: { type: integer }', 'total');
    const file = `export const shopUpcasters = { OrderPaid: { v1ToV2: ${v1ToV2}, v2ToV3: ${v2ToV3} } };`;
    catalog
      .release(catalogText([event]))
      .release(catalogText([{ ...event, version: '2.0.0', payload: after, more: 'x-upcast: code' }]))
      .write(catalogText([{ ...event, version: '3.0.0', payload: third, more: 'x-upcast: code' }]))
      .writeFile('upcasters/shop.ts', file);
  };

  it('a step that fails by itself is reported once, with a sample of its own version', async () => {
    chain(good, '({ cents }) => ({ total: cents + 0.5 })');
    expect(await checked()).toMatchObject([
      { code: 'UPCAST_UNSOUND', message: expect.stringContaining('v2ToV3 (code) fails for data of 2.0.0') },
    ]);
  });

  it('a step that fails only for what an earlier step makes is reported with a sample of the oldest version', async () => {
    const rare = '({ cents }) => { if (cents === 987654321) throw new Error("rare"); return { total: cents }; }';
    chain('() => ({ cents: 987654321 })', rare);
    expect(await checked()).toMatchObject([
      { code: 'UPCAST_UNSOUND', message: expect.stringContaining('v2ToV3 (code) fails for data of 1.0.0') },
    ]);
  });

  it('of the catalog test/golden/versions: 300 samples of each version are converted to valid data', async () => {
    const { warnings, model } = await loadCatalog({ catalog: 'test/golden/versions/asyncapi.yaml', isThorough: true });
    expect(warnings.filter(({ code }) => /^UPCAST/.test(code))).toEqual([]);
    expect(model.events.flatMap(({ older = [] }) => older)).toHaveLength(8);
  });
});

describe('passedSunsets', () => {
  it('a version whose sunset has passed: a warning at the date', async () => {
    const more = 'x-upcast: derive\nx-versions: { "1": { sunset: 2027-02-01 } }';
    const wider = object('amount: { type: number }, note: { type: string }', 'amount');
    catalog.release(catalogText([event])).write(catalogText([{ ...event, version: '2.0.0', payload: wider, more }]));
    const { model, placeOf } = await loadCatalog({ catalog: catalog.path });
    expect(passedSunsets(model, placeOf, new Date('2027-02-01T23:00:00Z'))).toEqual([]);
    expect(passedSunsets(model, placeOf, new Date('2027-02-02T00:00:00Z'))).toMatchObject([
      { code: 'VERSION_SUNSET_PASSED', severity: 'warning', line: 11 },
    ]);
  });
});
