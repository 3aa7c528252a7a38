import type { DomainModel, EventModel, EventModelEntry, SchemaModel } from '../model/event-model.js';
import { groupBy } from '../support/values.js';

/** Name of the module that holds the schemas of several domains. */
export const sharedModule = 'shared';

/** What the header of that module says it comes from. */
export const sharedSource = 'the schemas that several domains use';

/** Folder of the modules that make data for tests. */
export const samplesFolder = 'samples';

/** The schemas that one module declares: a domain's, or with undefined those of the shared module. */
export function schemasOf(model: EventModel, domain: string | undefined): readonly SchemaModel[] {
  return contentsOf(model).schemas.get(domain) ?? [];
}

interface Contents {
  readonly schemas: ReadonlyMap<string | undefined, readonly SchemaModel[]>;
  readonly events: ReadonlyMap<string, readonly EventModelEntry[]>;
}

/** Every emitter asks for each domain: a model is gone through once. */
const known = new WeakMap<EventModel, Contents>();

function contentsOf(model: EventModel): Contents {
  let contents = known.get(model);
  if (contents === undefined) {
    const events = model.events.filter(({ reply }) => !reply);
    contents = {
      schemas: groupBy(model.schemas, ({ domain }) => domain),
      events: groupBy(events, ({ domain }) => domain),
    };
    known.set(model, contents);
  }
  return contents;
}

/** What a domain's module exports, types and values apart, in the order of the module. */
export interface ModuleExports {
  readonly types: readonly string[];
  readonly values: readonly string[];
}

/** Everything that the module of a domain exports. */
export function moduleExports(model: EventModel, domain: DomainModel): ModuleExports {
  return exportsOf(domain, schemasOf(model, domain.name), eventsOf(model, domain));
}

/** The same of its schemas and its events. */
export function exportsOf(
  domain: DomainModel,
  schemas: readonly SchemaModel[],
  events: readonly EventModelEntry[],
): ModuleExports {
  const types = [...schemas.map((schema) => schema.name), ...events.map((event) => event.typeName)];
  const values = events.flatMap((event) => [event.key, event.publisher]);
  if (events.length === 0) return { types, values };
  return { types: [...types, handlersName(domain)], values: [...values, handlersFactoryName(domain)] };
}

/** The events of a domain that are published and handled: replies are types only. */
export function eventsOf(model: EventModel, domain: DomainModel): readonly EventModelEntry[] {
  return contentsOf(model).events.get(domain.name) ?? [];
}

/** `ApprovalHandlers`. */
export function handlersName(domain: DomainModel): string {
  return `${domain.typeName}Handlers`;
}

/** `approvalHandlers`. */
export function handlersFactoryName(domain: DomainModel): string {
  const name = `${domain.typeName.charAt(0).toLowerCase()}${domain.typeName.slice(1)}Handlers`;
  // Letters without case, or a leading `_`.
  return name === handlersName(domain) ? `subscribe${name}` : name;
}
