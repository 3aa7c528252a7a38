import type { JsonSchema, SchemaModel } from '../model/event-model.js';
import type { DocumentStore } from '../source/document-store.js';
import type { Problem } from '../support/errors.js';
import { NameAllocator, reservedNames } from '../support/names.js';
import type { StepResult } from '../support/problems.js';
import { groupBy } from '../support/values.js';
import type { EventWithSchemas } from './collect-event-schemas.js';
import type { SchemaCollector } from './collect-schemas.js';
import { cutCircularReferences } from './cut-circular-references.js';
import { type DomainNames, handlersNames } from './domain-names.js';
import { eventNames } from './event-names.js';
import type { NamedEvent } from './name-events.js';

export interface NamedSchemas {
  /** Sorted by name, without references that apply a schema to the same value again. */
  readonly schemas: readonly SchemaModel[];
  readonly find: (name: string) => JsonSchema | undefined;
}

export interface SchemaNaming {
  readonly store: DocumentStore;
  readonly collector: SchemaCollector;
  readonly named: readonly NamedEvent[];
  readonly events: readonly EventWithSchemas[];
  readonly domains: ReadonlyMap<string, DomainNames>;
  /** Name of a schema, by its generated name. */
  readonly renamed: Readonly<Record<string, string>>;
}

/** Assigns a name to every collected schema, then removes circular references. */
export function nameSchemas(naming: SchemaNaming): StepResult<NamedSchemas> {
  const { store, collector, named, events, domains, renamed } = naming;
  const keys = named.flatMap(({ key }) => [key, ...eventNames(key)]);
  const free = new NameAllocator([...reservedNames, ...handlersNames(domains), ...keys]);
  const byDomain = groupBy(events, ({ event }) => domains.get(event.domain)?.typeName ?? '');
  const roots = new Map([...byDomain].map(([name, all]) => [name, all.flatMap(placesOf)]));
  collector.nameAll(free, renamed, roots);
  const { schemas, circular } = cutCircularReferences(collector.schemas(), (name) => free.take(name));
  const byName = new Map(schemas.map((schema) => [schema.name, schema]));
  return {
    value: { schemas, find: (name) => byName.get(name)?.schema },
    problems: circular.map((name) => circularProblem(store, byName.get(name))),
  };
}

function placesOf({ payload, headers }: EventWithSchemas): string[] {
  return headers === undefined ? [payload] : [payload, headers];
}

function circularProblem(store: DocumentStore, schema: SchemaModel | undefined): Problem {
  const { file, pointer } = schema?.source ?? { file: '', pointer: '' };
  const message = `${schema?.name} refers to itself at the same value; that reference is removed`;
  const hint = 'refer to it from a property or an item';
  return { code: 'SCHEMA_CIRCULAR', severity: 'warning', ...store.placeOf(file, pointer), message, hint };
}
