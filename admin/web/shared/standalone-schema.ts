import type { JsonSchema } from '@hyvve-events/catalog-model';
import { type CatalogIndex, reachedFrom } from './catalog-index.js';

/** A JSON Schema that needs no other file: all schemas that it refers to are in its `$defs`. */
export function standaloneSchema(name: string, { schemas, definitions }: CatalogIndex): JsonSchema {
  const reached = [...reachedFrom([name], schemas)].sort();
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: name,
    $ref: `#/$defs/${name}`,
    $defs: Object.fromEntries(reached.map((each) => [each, definitions.get(each) ?? true])),
  };
}

/** The standalone schema of every schema of the catalog, by name. */
export function standaloneSchemas(index: CatalogIndex): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(index.model.schemas.map(({ name }) => [name, standaloneSchema(name, index)]));
}
