import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../../../generator/index.js';
import { loadCatalog, readCatalog } from '../../../../generator/pipeline.js';
import { CompiledValidators } from '../../../../generator/validators/compile-validators.js';
import { compile, prepareProject, writeTree } from '../../../support/catalogs/documents.js';
import { temporaryFolder } from '../../../support/catalogs/generator.js';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

/** A schema of a hierarchy, with the schemas that extend it. */
interface Kind {
  readonly name: string;
  readonly children: readonly Kind[];
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const names = [
  'Alder',
  'birch',
  'Cedar',
  'dogwood',
  'Elm',
  'fir',
  'Ginkgo',
  'hazel',
  'Ivy',
  'juniper',
  'Kauri',
  'larch',
];

/** How a hierarchy is written in the catalog. */
const written = fc.record({
  /** For each child of the root, the number of its children. */
  shape: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 2, maxLength: 3 }),
  names: fc.shuffledSubarray(names, { minLength: 12, maxLength: 12 }),
  keyword: fc.constantFrom('oneOf', 'anyOf'),
  /** How the tag of a schema is specified. */
  tags: fc.constantFrom('names', 'mapping of references', 'mapping of names', 'const'),
  /** Whether the base lists its subtypes; otherwise the payload lists them. */
  isListedInBase: fc.boolean(),
  reversed: fc.boolean(),
  isExplicitEnum: fc.boolean(),
});

type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

function hierarchyOf({ shape, names: all }: Written): Kind {
  let next = 0;
  const take = () => all[next++] ?? '';
  const name = take();
  return {
    name,
    children: shape.map((count) => ({
      name: take(),
      children: Array.from({ length: count }, () => ({ name: take(), children: [] })),
    })),
  };
}

function leavesOf(kind: Kind): Kind[] {
  return kind.children.length === 0 ? [kind] : kind.children.flatMap(leavesOf);
}

/** The value of the tag for a schema. */
function tagOf(name: string, { tags }: Written): string {
  return tags === 'names' ? name : `${name.toLowerCase()}-tag`;
}

function schemasOf(root: Kind, how: Written): Record<string, unknown> {
  const found: [string, unknown][] = [];
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const mappingOf = (kind: Kind) =>
    Object.fromEntries(
      leavesOf(kind).map(({ name }) => [tagOf(name, how), how.tags === 'mapping of names' ? name : ref(name).$ref]),
    );
  const union = (kind: Kind) => ({
    discriminator: how.tags.startsWith('mapping') ? { propertyName: 'tag', mapping: mappingOf(kind) } : 'tag',
    [how.keyword]: kind.children.map(({ name }) => ref(name)),
  });
  const tag = how.isExplicitEnum
    ? { type: 'string', enum: leavesOf(root).map(({ name }) => tagOf(name, how)) }
    : { type: 'string' };
  const visit = (kind: Kind, parent: Kind | undefined): void => {
    const isLeaf = kind.children.length === 0;
    const properties = {
      [`of${kind.name}`]: { type: 'integer' },
      ...(parent === undefined ? { tag } : {}),
      ...(isLeaf && how.tags === 'const' ? { tag: { const: tagOf(kind.name, how) } } : {}),
    };
    const own = { type: 'object', required: Object.keys(properties), properties };
    const choice = isLeaf || (parent === undefined && !how.isListedInBase) ? {} : union(kind);
    found.push([
      kind.name,
      parent === undefined ? { ...own, ...choice } : { allOf: [ref(parent.name), own], ...choice },
    ]);
    for (const child of kind.children) visit(child, kind);
  };
  visit(root, undefined);
  if (!how.isListedInBase) found.push(['Payload', union(root)]);
  return Object.fromEntries(how.reversed ? found.reverse() : found);
}

/** The path from the root to a leaf. */
function pathTo(kind: Kind, leaf: string): Kind[] {
  if (kind.name === leaf) return [kind];
  const below = kind.children.map((child) => pathTo(child, leaf)).find((path) => path.length > 0);
  return below === undefined ? [] : [kind, ...below];
}

function documentOf(schemas: Record<string, unknown>, payload: string) {
  return {
    asyncapi: '3.0.0',
    info: { title: 'Trees', version: '1.0.0' },
    components: { schemas },
    channels: {
      trees: {
        address: 'trees',
        messages: { TreePlanted: { name: 'trees.tree.planted', payload: { $ref: `#/components/schemas/${payload}` } } },
      },
    },
  };
}

describe('polymorphic schemas', () => {
  it(
    'in any notation: accept each subtype with its inherited properties, and no other data',
    async () => {
      let index = 0;
      await fc.assert(
        fc.asyncProperty(written, async (how) => {
          const root = hierarchyOf(how);
          const schemas = schemasOf(root, how);
          index += 1;
          const catalog = join(folder.path, `drawn-${index}.json`);
          await writeTree(folder.path, {
            [`drawn-${index}.json`]: documentOf(schemas, how.isListedInBase ? root.name : 'Payload'),
          });
          const { model } = await readCatalog({ catalog });
          const check = new CompiledValidators(model).checkOf(model.events[0]?.payload ?? '');
          const leaves = leavesOf(root);
          for (const leaf of leaves) {
            const whole = Object.fromEntries(pathTo(root, leaf.name).map(({ name }) => [`of${name}`, 1]));
            const data = { tag: tagOf(leaf.name, how), ...whole };
            const what = JSON.stringify({ schemas, data }, undefined, 1);
            expect(check?.(data), what).toBe(true);
            expect(check?.({ ...data, tag: 'none' }), what).toBe(false);
            for (const name of Object.keys(whole)) {
              const { [name]: _left, ...rest } = data as Record<string, unknown>;
              expect(check?.(rest), `${what} without ${name}`).toBe(false);
              expect(check?.({ ...data, [name]: 'x' }), `${what} with ${name} of another type`).toBe(false);
            }
            for (const other of leaves) {
              if (other !== leaf)
                expect(check?.({ ...data, tag: tagOf(other.name, how) }), `${what} as ${other.name}`).toBe(false);
            }
          }
        }),
        { seed: Number(process.env.FUZZ_SEED ?? 20_261_128), numRuns: Number(process.env.FUZZ_RUNS ?? 120) },
      );
    },
    propertyTimeoutMs,
  );

  it('a reference to a single alternative: reported if no schema specifies its tag', async () => {
    const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    const extending = (own: object) => ({ allOf: [ref('Ticket'), { type: 'object', properties: own }] });
    const schemas = {
      Ticket: {
        type: 'object',
        discriminator: 'class',
        required: ['class'],
        properties: { class: { type: 'string' } },
        oneOf: [ref('Cabin'), ref('Deck')],
      },
      Cabin: extending({ berth: { type: 'string' } }),
      Deck: extending({ class: { const: 'Deck' } }),
      Trip: {
        type: 'object',
        properties: {
          there: ref('Cabin'),
          back: ref('Deck'),
          any: ref('Ticket'),
          list: { type: 'array', items: ref('Cabin') },
        },
      },
    };
    const found = async (payload: string) => {
      await writeTree(folder.path, { 'alone.json': documentOf(schemas, payload) });
      const { findings } = await readCatalog({ catalog: join(folder.path, 'alone.json') });
      const own = findings.filter(
        ({ code, message }) => code === 'KEYWORD_IDLE' && message.includes('is not checked here'),
      );
      return own.length;
    };
    expect(await found('Cabin')).toBe(1);
    expect(await found('Deck')).toBe(0);
    expect(await found('Ticket')).toBe(0);
    expect(await found('Trip')).toBe(2);
  });

  it('in TypeScript: a comparison of the tag narrows the type', async () => {
    await prepareProject(folder.path);
    const how: Written = {
      shape: [0, 2],
      names,
      keyword: 'oneOf',
      tags: 'mapping of references',
      isListedInBase: true,
      reversed: true,
      isExplicitEnum: false,
    };
    const root = hierarchyOf(how);
    await writeTree(folder.path, { 'typed.json': documentOf(schemasOf(root, how), root.name) });
    await generate({ catalog: join(folder.path, 'typed.json'), out: join(folder.path, 'typed') });
    await writeTree(folder.path, {
      'use.ts': `import type { Alder } from './typed/trees.js';
export const first = (tree: Alder): number | undefined => (tree.tag === 'birch-tag' ? tree.ofbirch + tree.ofAlder : undefined);
export const deep = (tree: Alder): number | undefined => (tree.tag === 'dogwood-tag' ? tree.ofdogwood + tree.ofCedar + tree.ofAlder : undefined);
`,
    });
    expect(await compile(folder.path)).toBe('');
  }, 60_000);

  it('unions that contain each other: accept the values of both, with a warning', async () => {
    const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    const schemas = {
      First: { anyOf: [ref('Second'), { type: 'string' }] },
      Second: { anyOf: [ref('First'), { type: 'number' }] },
    };
    const document = documentOf(schemas, 'First');
    const messages = {
      First: { name: 'a.b.first', payload: ref('First') },
      Second: { name: 'a.b.second', payload: ref('Second') },
    };
    await writeTree(folder.path, { 'circular.json': { ...document, channels: { a: { address: 'a', messages } } } });
    const { model, warnings } = await loadCatalog({ catalog: join(folder.path, 'circular.json') });
    const validators = new CompiledValidators(model);
    for (const { payload } of model.events) {
      const check = validators.checkOf(payload);
      expect(['text', 3, true].map((value) => check?.(value))).toEqual([true, true, false]);
    }
    expect(warnings.map(({ code }) => code)).toContain('SCHEMA_CIRCULAR');
  });
});
