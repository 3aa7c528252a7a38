import type { EventModel, JsonSchema, SchemaObject } from '@hyvve-events/catalog-model';
import { pythonPattern } from './python-pattern.js';

/** The schemas of all payloads and the versions of the events: `_schemas.py`, without its header. */
export function schemasModule(model: EventModel): string {
  const published = model.events.filter((event) => !event.reply);
  const byName = new Map(model.schemas.map((schema) => [schema.name, schema]));
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    for (const used of byName.get(name)?.uses ?? []) add(used);
  };
  for (const { payload } of published) add(payload);
  const schemas = model.schemas.filter(({ name }) => names.has(name));
  const { envelope } = model.catalog;
  return [
    '"""The JSON Schemas of the catalog, without descriptions."""',
    '',
    'from __future__ import annotations',
    '',
    'import json',
    'from typing import Any',
    '',
    `TENANT_REQUIRED = ${envelope?.tenantId === 'optional' ? 'False' : 'True'}`,
    `USER_REQUIRED = ${envelope?.userId === 'required' ? 'True' : 'False'}`,
    '',
    'EVENTS: dict[str, dict[str, str]] = {',
    ...published.map(
      ({ type, version, payload }) =>
        `    ${JSON.stringify(type)}: {"version": ${JSON.stringify(version)}, "payload": ${JSON.stringify(payload)}},`,
    ),
    '}',
    '"""Version and schema of each event, by type."""',
    '',
    'SCHEMAS: dict[str, Any] = json.loads(',
    '    "{"',
    ...schemas.map(({ name, schema }, index) => {
      const text = `${JSON.stringify(name)}: ${JSON.stringify(bare(schema))}${index < schemas.length - 1 ? ',' : ''}`;
      // A text of JSON is one of Python, too.
      return `    ${JSON.stringify(text)}`;
    }),
    '    "}"',
    ')',
    '"""The schemas, by name."""',
    '',
  ].join('\n');
}

const mapsOfSchemas = ['properties', 'patternProperties', '$defs', 'dependentSchemas'];
const listsOfSchemas = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const schemaKeywords = [
  ...['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
];
const annotations = [
  ...['title', 'description', 'examples', 'example', 'default', 'deprecated', 'readOnly', 'writeOnly', '$comment'],
  ...['externalDocs', 'discriminator', '$schema', '$id', '$anchor'],
];

/** A schema without annotations, with its patterns in the syntax of Python. A pattern that Python does not have is left out. */
function bare(schema: JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const entries = Object.entries(schema).flatMap(([key, value]): (readonly [string, unknown])[] => {
    if (annotations.includes(key) || key.startsWith('x-')) return [];
    if (key === 'pattern') {
      const pattern = pythonPattern(value as string);
      return pattern === undefined ? [] : [[key, pattern]];
    }
    if (schemaKeywords.includes(key)) return [[key, bare(value as JsonSchema)]];
    if (listsOfSchemas.includes(key)) return [[key, (value as readonly JsonSchema[]).map(bare)]];
    if (mapsOfSchemas.includes(key)) return [[key, bareMap(key, value as Readonly<Record<string, JsonSchema>>)]];
    return [[key, value]];
  });
  const result = Object.fromEntries(entries) as SchemaObject;
  return isWhole(schema) ? result : withoutRest(result);
}

function bareMap(key: string, schemas: Readonly<Record<string, JsonSchema>>): Readonly<Record<string, JsonSchema>> {
  const nameOf = (name: string) => (key === 'patternProperties' ? pythonPattern(name) : name);
  return Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) => {
      const renamed = nameOf(name);
      return renamed === undefined ? [] : [[renamed, bare(schema)] as const];
    }),
  );
}

/** Whether all patterns of properties could be written. */
function isWhole({ patternProperties }: SchemaObject): boolean {
  return Object.keys(patternProperties ?? {}).every((pattern) => pythonPattern(pattern) !== undefined);
}

/** Properties of a pattern that was left out would otherwise be refused. */
function withoutRest({ additionalProperties: _, unevaluatedProperties: __, ...others }: SchemaObject): SchemaObject {
  return others;
}
