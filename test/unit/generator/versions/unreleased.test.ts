import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate } from '../../../../generator/pipeline.js';
import { readTree } from '../../../support/catalogs/generator.js';
import { catalogText, VersionedCatalog } from '../../../support/catalogs/versioned-catalog.js';

let catalog: VersionedCatalog;
beforeEach(() => {
  catalog = new VersionedCatalog();
});
afterEach(() => catalog.remove());

const object = (properties: string) => `{ type: object, additionalProperties: false, properties: { ${properties} } }`;
const first = catalogText([{ type: 'shop.order.placed', payload: object('a: { type: string }') }]);
const second = (more?: string) => {
  const payload = object('b: { type: string }');
  const words = more === undefined ? {} : { more };
  return catalogText([{ type: 'shop.order.placed', version: '2.0.0', payload, ...words }]);
};
const run = () => generate({ catalog: catalog.path, out: catalog.out });

describe('a major version that rises after the SDK was generated', () => {
  it('is refused while the history has no release of the former one; the SDK does not change', async () => {
    catalog.write(first);
    await run();
    const before = await readTree(catalog.out);
    catalog.write(second());
    await expect(run()).rejects.toThrow(/:9:\d+: error VERSION_UNRELEASED: .* rose from 1\.0\.0 to 2\.0\.0/);
    expect(await readTree(catalog.out)).toEqual(before);
  });

  it.each([
    ['a payload', `x-upcast: derive\nx-versions: { "1": { payload: ${object('a: { type: string }')} } }`],
    ['a retirement', 'x-versions: { "1": { retired: 2027-01-01 } }'],
  ])('is accepted with %s in `x-versions`', async (_, more) => {
    catalog.write(first);
    await run();
    catalog.write(second(more));
    await run();
  });

  it('is accepted after the former one was released', async () => {
    catalog.release(first);
    await run();
    catalog.write(second('x-upcast: derive'));
    const { model } = await run();
    expect(model.events[0]?.older).toHaveLength(1);
  });

  it('a minor version, and a version that the first SDK has, need no release', async () => {
    catalog.write(second());
    await run();
    catalog.write(second().replace('2.0.0', '2.1.0'));
    await run();
  });
});
