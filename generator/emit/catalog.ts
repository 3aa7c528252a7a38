import type { EventModel, JsonSchema } from '../model/event-model.js';
import { schemaMap, subschemas } from '../model/json-schema.js';
import type { EmittedFile } from '../output/emitted-file.js';
import { limitingCost, type PatternCost } from '../patterns/pattern-cost.js';
import type { Cache } from '../support/cache.js';

/**
 * `catalog.json`: the model, for the docs and the admin service, and the costs of slow patterns, so that the admin service
 * applies the same limits as the validators. It contains no line numbers, which would change with every addition above.
 */
export function emitCatalog(model: EventModel, cache: Cache): EmittedFile {
  const costs = new Map<string, PatternCost>();
  for (const { schema } of model.schemas) {
    for (const pattern of patternsOf(schema)) {
      const cost = limitingCost(pattern, cache);
      if (cost !== undefined) costs.set(pattern, cost);
    }
  }
  const patternCosts = Object.fromEntries([...costs].sort());
  const catalog = costs.size === 0 ? model : { ...model, patternCosts };
  return { path: 'catalog.json', text: `${JSON.stringify(catalog, undefined, 2)}\n` };
}

function patternsOf(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const own = [schema.pattern, ...Object.keys(schemaMap(schema.patternProperties))];
  const inner = subschemas(schema).flatMap((each) => patternsOf(each.schema));
  return [...own.filter((pattern) => typeof pattern === 'string'), ...inner];
}
