import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/catalogs/generator.js';
import { catalogText, VersionedCatalog } from '../../support/catalogs/versioned-catalog.js';

const object = (properties: string, required: string) =>
  `{ type: object, additionalProperties: false, required: [${required}], properties: { ${properties} } }`;

const placed = (version: string, id: string, more?: string) => {
  const payload = object(`id: { type: string }, ${id}, note: { type: string }`, 'id');
  return { type: 'shop.order.placed', version, payload, ...(more === undefined ? {} : { more }) };
};
const paid = (version: string, more?: string) => {
  const payload = object('id: { type: string }, amount: { type: number, minimum: 0 }', 'id, amount');
  return { type: 'shop.order.paid', version, payload, ...(more === undefined ? {} : { more }) };
};
const checked = { type: 'shop.order.checked', payload: object('id: { type: string }', 'id') };

let catalog: VersionedCatalog;
const cli = (...args: string[]) => runCli(args, catalog.folder);
const read = (path: string) => readFileSync(join(catalog.folder, path), 'utf8');
const upcasters = 'catalog/upcasters/shop.ts';

/** The errors of the compiler. */
function tsc(...args: string[]): Promise<string> {
  const command = resolve('node_modules/.bin/tsc');
  return new Promise((done) => {
    execFile(command, args, { cwd: catalog.folder }, (_error, stdout) => done(stdout));
  });
}

/** Replaces the body of the written conversion. */
function complete(body: string): void {
  const text = read(upcasters);
  const start = text.indexOf('{', text.indexOf('OrderPaid:'));
  writeFileSync(join(catalog.folder, upcasters), `${text.slice(0, start)}{ ${body} },\n};\n`);
}

beforeAll(() => {
  catalog = new VersionedCatalog();
  symlinkSync(resolve('node_modules'), join(catalog.folder, 'node_modules'));
  writeFileSync(join(catalog.folder, 'package.json'), '{ "type": "module" }');
  const config = { package: { name: '@acme/events', version: '2.0.0' } };
  writeFileSync(join(catalog.folder, 'hyvve-events.config.json'), JSON.stringify(config));
  catalog.release(catalogText([placed('1.0.0', 'customer: { type: string }'), paid('1.0.0'), checked]));
  const renamed = 'customerId: { type: string, x-renamed-from: customer }';
  catalog.write(catalogText([placed('2.0.0', renamed), paid('2.0.0'), checked]));
});
afterAll(() => catalog.remove());

describe('a new major version', () => {
  it('without a word: nothing is generated, and the problem names the command', async () => {
    const { code, stderr } = await cli('generate');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error UPCASTER_MISSING: shop\.order\.placed is 2\.0\.0, and entries of 1\.0\.0 may be alive/,
    );
    expect(stderr).toContain('hyvve-events upcaster shop.order.placed');
    expect(existsSync(catalog.out)).toBe(false);
  });

  it('upcaster: shows the steps and writes nothing; --derive writes the word, and nothing else changes', async () => {
    const before = read('catalog/asyncapi.yaml');
    const shown = await cli('upcaster', 'shop.order.placed');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^ {2}customerId +from customer$/m);
    expect(shown.stdout).toContain('hyvve-events upcaster shop.order.placed --derive');
    expect(read('catalog/asyncapi.yaml')).toBe(before);
    const written = await cli('upcaster', 'OrderPlaced', '--derive', '--format', 'json');
    expect(JSON.parse(written.stdout)).toMatchObject({
      ok: true,
      type: 'shop.order.placed',
      steps: [{ step: 'v1ToV2', from: '1.0.0', to: '2.0.0', obstacles: [] }],
      written: ['catalog/asyncapi.yaml'],
    });
    const line = '        x-event-version: 2.0.0\n';
    expect(read('catalog/asyncapi.yaml')).toBe(before.replace(line, `${line}        x-upcast: derive\n`));
  });

  it('upcaster: refuses what is not possible, and wrong usage', async () => {
    const refused = await cli('upcaster', 'OrderPaid', '--derive');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('the structure did not change');
    expect((await cli('upcaster', 'OrderChecked', '--code')).code).toBe(1);
    expect((await cli('upcaster', 'OrderPaid', '--code', '--same')).code).toBe(2);
    expect((await cli('upcaster', 'OrderPayed')).code).toBe(2);
  });

  it('upcaster --code: writes a function that neither compiles nor passes `check` before it is complete', async () => {
    const { code, stdout } = await cli('upcaster', 'shop.order.paid', '--code');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('OrderPaid.v1ToV2') });
    const generated = await cli('generate');
    expect(generated.code).toBe(0);
    expect(generated.stderr).toMatch(/warning UPCASTER_MISSING.*not finished/);
    expect((await cli('check')).code).toBe(1);
    expect(await tsc('-p', 'catalog/upcasters')).toMatch(/upcasters\/shop\.ts\(\d+,\d+\): error TS2304: .*'TODO'/);
  });

  it('a complete function: the compiler and `check` accept it, and the SDK has a copy', async () => {
    complete('v1ToV2: (data) => ({ ...data, amount: Math.round(data.amount * 100) })');
    expect(await cli('check')).toMatchObject({ code: 0 });
    const drift = await cli('generate', '--check');
    expect(drift).toMatchObject({ code: 1, stdout: expect.stringContaining('~ generated/upcasters/shop.ts') });
    expect(await cli('generate')).toMatchObject({ code: 0 });
    expect(await cli('generate', '--check')).toMatchObject({ code: 0 });
    expect(await tsc('-p', 'catalog/upcasters')).toBe('');
    expect(read('generated/upcasters/shop.ts')).toMatch(
      /^\/\/ @generated by hyvve-events from catalog\/upcasters\/shop\.ts.*\nimport type \{ ShopUpcasters \} from '\.\.\/shop\.js';/,
    );
  });

  it.each([
    ['', /error TS2741: Property 'v1ToV2' is missing/],
    [
      "v1ToV2: (data) => ({ ...data, amount: 'much' })",
      /error TS2322: Type .*string.* is not assignable to type .*number/,
    ],
    ['v1ToV2: async (data) => data', /error TS2739: Type 'Promise/],
  ])('the function %j does not compile', async (body, error) => {
    const before = read(upcasters);
    complete(body);
    expect(await tsc('-p', 'catalog/upcasters')).toMatch(error);
    writeFileSync(join(catalog.folder, upcasters), before);
  });
});

it('upcaster: adds the functions of releases without a word, and changes nothing that is there', async () => {
  const [sub, before] = [
    new VersionedCatalog(),
    { type: 'shop.order.paid', payload: object('a: { type: string }', 'a') },
  ];
  const payload = object('b: { type: string }', 'b');
  try {
    sub.release(catalogText([before])).release(catalogText([{ ...before, version: '2.0.0', payload }]));
    const wider = object('b: { type: string }, c: { type: string }', 'b');
    sub.write(catalogText([{ ...before, version: '3.0.0', payload: wider, more: 'x-upcast: derive' }]));
    const run = () => runCli(['upcaster', 'OrderPaid'], sub.folder);
    expect((await run()).stdout).toContain('~ catalog/upcasters/shop.ts: OrderPaid.v1ToV2\n');
    const text = readFileSync(join(sub.folder, upcasters), 'utf8');
    expect(text).toContain(
      '    // $.b: it is new and required, and has no valid default\n    v1ToV2: (data) => TODO({\n',
    );
    expect((await run()).stdout).not.toContain('~');
    expect(readFileSync(join(sub.folder, upcasters), 'utf8')).toBe(text);
  } finally {
    sub.remove();
  }
});

describe('the SDK', () => {
  it('plain tsc builds the package with the conversions, which run in Node', async () => {
    expect(JSON.parse(read('generated/package.json'))).toMatchObject({
      files: expect.arrayContaining(['upcasters/*.ts']),
    });
    expect(await tsc('-p', 'generated')).toBe('');
    const built = pathToFileURL(join(catalog.out, 'dist/shop.js')).href;
    const { OrderPaid, OrderPlaced } = await import(built);
    const [euros] = OrderPaid.older;
    expect(euros.validate({ id: 'a', amount: 12.5 })).toBe(true);
    expect(euros.upcast({ id: 'a', amount: 12.5 }, {})).toEqual({ id: 'a', amount: 1250 });
    expect(OrderPlaced.older[0].upcast({ id: 'a', customer: 'b' })).toEqual({ id: 'a', customerId: 'b' });
  });

  it.each([
    ['OrderChecked', ['validateOrderPlacedPayload', 'Math.round', 'customerId']],
    ['publishOrderPlaced', ['Math.round', 'amount']],
  ])('a bundle with %s has no conversion of other events', async (name, absent) => {
    const contents = `export { ${name} } from './generated/shop.ts';`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: catalog.folder, loader: 'ts' },
      bundle: true,
      format: 'esm',
      write: false,
      external: ['@hyvve-events/*'],
      logLevel: 'silent',
    });
    const text = outputFiles[0]?.text ?? '';
    expect(text).toContain(name);
    for (const each of absent) expect(text).not.toContain(each);
  });

  it('without a written conversion, the copy is removed', async () => {
    const text = read('catalog/asyncapi.yaml').replace('x-upcast: code', 'x-upcast: same');
    catalog.write(text);
    const { code, stdout } = await cli('generate');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('- generated/upcasters/shop.ts') });
    expect(existsSync(join(catalog.out, 'upcasters'))).toBe(false);
    expect(read('generated/package.json')).not.toContain('upcasters');
  });
});

it('a third major version: the word of the second does not count, and upcaster writes one with its version', async () => {
  const own = new VersionedCatalog();
  const customer = 'customer: { type: string }';
  const renamed = 'customerId: { type: string, x-renamed-from: customer }';
  own
    .release(catalogText([placed('1.0.0', customer)]))
    .release(catalogText([placed('2.0.0', renamed, 'x-upcast: derive')]))
    .write(catalogText([placed('3.0.0', renamed, 'x-upcast: derive')]));
  const file = join(own.folder, 'catalog/asyncapi.yaml');
  const before = readFileSync(file, 'utf8');
  const run = (...args: string[]) => runCli(args, own.folder);
  expect(await run('generate')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/UPCASTER_MISSING.*`x-upcast` was released with 2\.0\.0/),
  });
  expect(await run('upcaster', 'OrderPlaced', '--same')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('x-upcast: { "3": same }'),
  });
  expect(readFileSync(file, 'utf8')).toBe(before.replace('x-upcast: derive', 'x-upcast: { "3": same }'));
  expect((await run('generate')).code).toBe(0);
  own.remove();
});
