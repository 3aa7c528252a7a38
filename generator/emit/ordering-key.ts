import type { EventModelEntry, JsonSchema } from '../model/event-model.js';
import { isAlwaysPresentInType, schemaOfProperty } from '../model/property-presence.js';
import { memberAccess, quote } from '../print/text.js';
import type { FindSchema } from '../print/type-expression.js';
import { keysOf } from '../source/json-pointer.js';

/** The fields of a definition for its ordering key, if it has one. The types of some schemas do not show that it is always there. */
export function orderingFields({ payload, orderingKey, partitionBy }: EventModelEntry, find: FindSchema): string[] {
  if (orderingKey === undefined) return [];
  let read = 'data';
  let schema: JsonSchema = find(payload) ?? true;
  for (const name of keysOf(orderingKey)) {
    read += `${memberAccess(name)}${isAlwaysPresentInType(schema, name, find) ? '' : '!'}`;
    schema = schemaOfProperty(schema, name, find);
  }
  return [
    `  orderingKey: (data) => ${read},`,
    `  orderingKeyAt: ${quote(orderingKey)},`,
    ...(partitionBy === undefined ? [] : [`  partitionBy: ${quote(partitionBy)},`]),
  ];
}

/** A sentence about the ordering key of an event; undefined if it has none. */
export function orderingText({ orderingKey, partitionBy }: EventModelEntry): string | undefined {
  if (orderingKey === undefined) return undefined;
  const partition = partitionBy === undefined ? '' : ', which also determines its partition';
  return `Its ordering key is \`${orderingKey}\` of the data${partition}.`;
}
