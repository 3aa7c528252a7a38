import type {
  DomainModel,
  EventModel,
  EventModelEntry,
  JsonSchema,
  SchemaModel,
  ServiceModel,
} from '@hyvve-events/catalog-model';
import { groupBy } from './group-by.js';

/** A catalog with the maps that its pages use for lookups. */
export interface CatalogIndex {
  readonly model: EventModel;
  readonly events: ReadonlyMap<string, EventModelEntry>;
  readonly domains: ReadonlyMap<string, DomainModel>;
  readonly services: ReadonlyMap<string, ServiceModel>;
  readonly schemas: ReadonlyMap<string, SchemaModel>;
  /** Schemas by name; `pathsOf` follows references with them. */
  readonly definitions: ReadonlyMap<string, JsonSchema>;
  readonly eventsOf: (domain: string) => readonly EventModelEntry[];
  /** Events whose payload, in any version, or whose headers reach a schema; sorted by type. */
  readonly eventsUsing: (schema: string) => readonly EventModelEntry[];
  /** Schemas that refer to a schema. */
  readonly schemasUsing: (schema: string) => readonly SchemaModel[];
}

/** Builds the maps. Call it once per catalog. */
export function indexCatalog(model: EventModel): CatalogIndex {
  const schemas = new Map(model.schemas.map((schema) => [schema.name, schema]));
  const byDomain = groupBy(model.events, ({ domain }) => domain);
  let usage: ReadonlyMap<string, readonly EventModelEntry[]> | undefined;
  return {
    model,
    events: new Map(model.events.map((event) => [event.type, event])),
    domains: new Map(model.domains.map((domain) => [domain.name, domain])),
    services: new Map(model.services.map((service) => [service.name, service])),
    schemas,
    definitions: new Map(model.schemas.map(({ name, schema }) => [name, schema])),
    eventsOf: (domain) => byDomain.get(domain) ?? [],
    eventsUsing: (schema) => {
      usage ??= usageOf(model.events, schemas);
      return usage.get(schema) ?? [];
    },
    schemasUsing: (schema) => model.schemas.filter(({ uses }) => uses.includes(schema)),
  };
}

/** Names of schemas and of all that they refer to, directly or through others. */
export function reachedFrom(names: readonly string[], schemas: ReadonlyMap<string, SchemaModel>): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const entry = schemas.get(name);
    if (entry === undefined || reached.has(name)) continue;
    reached.add(name);
    open.push(...entry.uses);
  }
  return reached;
}

function usageOf(
  events: readonly EventModelEntry[],
  schemas: ReadonlyMap<string, SchemaModel>,
): ReadonlyMap<string, readonly EventModelEntry[]> {
  const uses = events.flatMap((event) => {
    const older = event.older?.map(({ payload }) => payload) ?? [];
    const own = [event.payload, ...older, ...(event.headers === undefined ? [] : [event.headers])];
    return [...reachedFrom(own, schemas)].map((name) => ({ name, event }));
  });
  const byName = groupBy(uses, ({ name }) => name);
  return new Map([...byName].map(([name, users]) => [name, users.map(({ event }) => event)]));
}
