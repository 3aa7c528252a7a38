import { closedKeyword, createStandaloneAjv, definitionsOf } from '../ajv.js';
import type { EmittedFile } from '../emitted-file.js';
import type { EventModel, JsonSchema, JsonValue, SchemaModel } from '../model.js';
import { headerLine } from '../print/header.js';
import { schemasOf, sharedModule } from '../print/modules.js';

/**
 * The compiled validators of each domain, and of payloads that several domains use: plain modules that need nothing, with
 * their declarations. Each validator is strict, and with its second argument true lets unknown properties pass.
 */
export async function emitValidators(model: EventModel): Promise<EmittedFile[]> {
  const { default: standalone } = await import('ajv/dist/standalone/index.js');
  const compile = standalone as unknown as typeof standalone.default;
  const payloads = new Set(model.events.map((event) => event.payload));
  const modules = [
    ...model.domains.map(({ name, fileName, source }) => ({
      fileName,
      source: source.file,
      schemas: schemasOf(model, name),
    })),
    { fileName: sharedModule, source: 'the schemas that several domains use', schemas: schemasOf(model, undefined) },
  ];
  return modules.flatMap(({ fileName, source, schemas }) => {
    const names = schemas.map((schema) => schema.name).filter((name) => payloads.has(name));
    if (names.length === 0) return [];
    const ajv = createStandaloneAjv();
    ajv.addSchema({ $id: 'catalog', ...closeable(definitionsOf(reached(model, names))) });
    const refs = Object.fromEntries(names.map((name) => [`validate${name}`, `catalog#/$defs/${name}`]));
    const code = standaloneModule(compile(ajv, refs));
    return [
      { path: `validators/${fileName}.js`, text: `// ${headerLine(source)}\n${code}` },
      { path: `validators/${fileName}.d.ts`, text: declarations(source, fileName, names) },
    ];
  });
}

/** The schemas named and all that they refer to. */
function reached(model: EventModel, names: readonly string[]): SchemaModel[] {
  const byName = new Map(model.schemas.map((schema) => [schema.name, schema]));
  const found = new Map<string, SchemaModel>();
  const visit = (name: string) => {
    const schema = byName.get(name);
    if (schema === undefined || found.has(name)) return;
    found.set(name, schema);
    schema.uses.forEach(visit);
  };
  names.forEach(visit);
  return [...found.values()];
}

/** Writes closed objects as the keyword that a tolerant reader can switch off, and drops what validates nothing. */
function closeable<T extends JsonValue | object>(schema: T): T {
  if (Array.isArray(schema)) return schema.map((item) => closeable(item)) as unknown as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties' || key === 'patternProperties' || key === '$defs') {
      result[key] = Object.fromEntries(
        Object.entries(value as object).map(([name, inner]: [string, JsonSchema]) => [
          name,
          closeable(inner as JsonValue),
        ]),
      );
    } else if (key === 'enum' || key === 'const') {
      result[key] = value;
    } else if (!silent.has(key) && !key.startsWith('x-')) {
      result[key] = closeable(value as JsonValue);
    }
  }
  if (result.additionalProperties === false && result.patternProperties === undefined) {
    delete result.additionalProperties;
    result[closedKeyword] = Object.keys((result.properties as object | undefined) ?? {});
  }
  return result as T;
}

const silent = new Set([
  'title',
  'description',
  'default',
  'examples',
  'example',
  'deprecated',
  'externalDocs',
  'readOnly',
  'writeOnly',
]);

/** Makes ajv's module one that plain Node imports: no `require`, and exports that take `tolerant`. */
function standaloneModule(code: string): string {
  const helpers = new Set<string>();
  const body = code
    .replace(/^"use strict";/, '')
    .replace(/export const (\w+) = (validate\d+);/g, 'export const $1 = guard($2);\n')
    .replace(
      /const (\w+) = require\("ajv\/dist\/runtime\/(\w+)"\)\.default;/g,
      (_match, name: string, helper: string) => {
        helpers.add(helper);
        return `const ${name} = ${helper};`;
      },
    )
    .replaceAll(`keyword:"${closedKeyword}"`, 'keyword:"additionalProperties"')
    .replaceAll(`/${closedKeyword}"`, '/additionalProperties"');
  if (body.includes('require('))
    throw new Error(`ajv's code needs what is not inlined: ${/require\([^)]*\)/.exec(body)?.[0]}`);
  const used = [...helpers].sort().map((helper) => runtimeHelpers[helper] ?? '');
  return `${[guardHelper, ...used].join('\n')}\n${body.trim()}\n`;
}

const guardHelper = `const strict = { tolerant: false };
const lenient = { tolerant: true };
function guard(check) {
  const validate = (data, tolerant = false) => {
    const valid = check.call(tolerant ? lenient : strict, data);
    validate.errors = check.errors;
    return valid;
  };
  validate.errors = null;
  return validate;
}`;

/** Ajv's run-time helpers, which its modules would be needed for. */
const runtimeHelpers: Readonly<Record<string, string>> = {
  ucs2length:
    'function ucs2length(text) {\n  let length = 0;\n  for (const _ of text) length += 1;\n  return length;\n}',
  equal: `function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a !== a && b !== b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}`,
};

function declarations(source: string, fileName: string, names: readonly string[]): string {
  return [
    `// ${headerLine(source)}`,
    "import type { Validate } from '@hyvve-events/runtime/codegen';",
    `import type { ${names.join(', ')} } from '../${fileName}.js';`,
    '',
    ...names.map((name) => `export declare const validate${name}: Validate<${name}>;`),
    '',
  ].join('\n');
}
