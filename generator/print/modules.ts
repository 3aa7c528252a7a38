import type { DomainModel, EventModel, EventModelEntry, SchemaModel } from '../model/event-model.js';
import { groupBy } from '../support/values.js';

/** Name of the module with the schemas that several domains use. */
export const sharedModule = 'shared';

/** The source that the header of the shared module names. */
export const sharedSource = 'the schemas that several domains use';

/** Folder of the modules with sample data for tests. */
export const samplesFolder = 'samples';

/** The contents of the modules of an SDK. */
export interface ModelContents {
  /** The schemas that the module of a domain declares; for `undefined`, those of the shared module. */
  readonly schemasOf: (domain: string | undefined) => readonly SchemaModel[];
  /** The events of a domain that are published and handled. Replies are types only. */
  readonly eventsOf: (domain: DomainModel) => readonly EventModelEntry[];
}

/** Sorts the schemas and events of a model into the modules of its SDK. */
export function contentsOf(model: EventModel): ModelContents {
  const schemas = groupBy(model.schemas, ({ domain }) => domain);
  const published = model.events.filter(({ reply }) => !reply);
  const events = groupBy(published, ({ domain }) => domain);
  return {
    schemasOf: (domain) => schemas.get(domain) ?? [],
    eventsOf: ({ name }) => events.get(name) ?? [],
  };
}

/** The exports of a domain's module: types and values separately, in the order of the module. */
export interface ModuleExports {
  readonly types: readonly string[];
  readonly values: readonly string[];
}

/** Everything that the module of a domain exports. */
export function exportsOf(
  domain: DomainModel,
  schemas: readonly SchemaModel[],
  events: readonly EventModelEntry[],
): ModuleExports {
  const types = [...schemas.map((schema) => schema.name), ...events.map((event) => event.typeName)];
  const values = events.flatMap((event) => [event.key, event.publisher]);
  if (events.length === 0) return { types, values };
  const upcasters = events.some(hasWrittenSteps) ? [upcastersName(domain)] : [];
  return { types: [...types, handlersName(domain), ...upcasters], values: [...values, handlersFactoryName(domain)] };
}

/** Whether a written function converts data of an older version of an event. */
export function hasWrittenSteps({ older = [] }: EventModelEntry): boolean {
  return older.some(({ upcast }) => upcast === 'code');
}

/** `ApprovalUpcasters`: the type of the written conversions of a domain. */
export function upcastersName(domain: DomainModel): string {
  return `${domain.typeName}Upcasters`;
}

/** `approvalUpcasters`: the object with the written conversions of a domain. */
export function upcastersConstant(domain: DomainModel): string {
  const name = `${domain.typeName.charAt(0).toLowerCase()}${domain.typeName.slice(1)}Upcasters`;
  // Letters without case, or a leading `_`.
  return name === upcastersName(domain) ? `the${name}` : name;
}

/** Folder of the copies of the written conversions. */
export const upcastersFolder = 'upcasters';

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
