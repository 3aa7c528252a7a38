import type { DomainModel, EventModelEntry, SchemaModel } from '../model/event-model.js';
import type { DocumentStore, NodeRef } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';
import { groupBy, optional } from '../support/values.js';
import type { EventWithSchemas } from './collect-event-schemas.js';
import type { DomainNames } from './domain-names.js';

/** Assigns each schema to the only domain whose events use it. A schema that several domains use has no domain: it is in the shared module. */
export function withDomains(
  schemas: readonly SchemaModel[],
  events: readonly EventModelEntry[],
  cache: Cache,
): SchemaModel[] {
  const byName = new Map(schemas.map((schema) => [schema.name, schema]));
  const users = new Map<string, Set<string>>();
  for (const event of events) {
    const open = [event.payload, ...(event.headers === undefined ? [] : [event.headers])];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const domains = users.get(name) ?? new Set();
      if (domains.has(event.domain)) continue;
      users.set(name, domains.add(event.domain));
      open.push(...(byName.get(name)?.uses ?? []));
    }
  }
  return schemas
    .filter((schema) => users.has(schema.name))
    .map((schema) => {
      const [domain, ...others] = users.get(schema.name) ?? [];
      if (others.length > 0 || domain === undefined) return schema;
      return cache.derive('place-schema', schema, [domain], () => ({ ...schema, domain }));
    });
}

/** Every domain. If it has only one channel, with the title and description of that channel. */
export function domainsOf(
  store: DocumentStore,
  root: NodeRef,
  names: ReadonlyMap<string, DomainNames>,
  open: readonly EventWithSchemas[],
): DomainModel[] {
  const byDomain = groupBy(
    open.map(({ event }) => event),
    ({ domain }) => domain,
  );
  return [...names].map(([name, { typeName, fileName }]) => {
    const own = byDomain.get(name) ?? [];
    const channels = new Map(own.flatMap((event) => event.channels.map((channel) => [channel.name, channel])));
    const [channel] = channels.size === 1 ? channels.values() : [];
    const files = new Set(own.map(({ found }) => store.sourceOf(found.at).file));
    const [file] = files.size === 1 ? files : [store.sourceOf(root).file];
    return {
      name,
      typeName,
      fileName,
      ...optional('title', channel?.title),
      ...optional('description', channel?.description),
      source: { file: file ?? '', pointer: '' },
    };
  });
}
