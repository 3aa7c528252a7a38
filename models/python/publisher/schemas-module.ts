import type { EventModel, EventModelEntry } from '@hyvve-events/catalog-model';
import { checkedSchemas } from './checked-schemas.js';

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
  const schemas = checkedSchemas(model.schemas.filter(({ name }) => names.has(name)));
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
    ...published.map((event) => `    ${JSON.stringify(event.type)}: {${fieldsOf(event)}},`),
    '}',
    '"""Version, schema and ordering key of each event, by type."""',
    '',
    'SCHEMAS: dict[str, Any] = json.loads(',
    '    "{"',
    ...schemas.map(([name, schema], index) => {
      const text = `${JSON.stringify(name)}: ${JSON.stringify(schema)}${index < schemas.length - 1 ? ',' : ''}`;
      // A text of JSON is one of Python, too.
      return `    ${JSON.stringify(text)}`;
    }),
    '    "}"',
    ')',
    '"""The schemas, by name."""',
    '',
  ].join('\n');
}

function fieldsOf({ version, payload, orderingKey, partitionBy }: EventModelEntry): string {
  const fields = { version, payload, ordering_key: orderingKey, partition_by: partitionBy };
  return Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : [`"${name}": ${JSON.stringify(value)}`]))
    .join(', ');
}
