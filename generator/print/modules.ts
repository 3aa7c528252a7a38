import type { DomainModel, EventModel, SchemaModel } from '../model.js';

/** Name of the module that holds the schemas of several domains. */
export const sharedModule = 'shared';

/** The schemas that one module declares: a domain's, or with undefined those of the shared module. */
export function schemasOf(model: EventModel, domain: string | undefined): SchemaModel[] {
  return model.schemas.filter((schema) => schema.domain === domain);
}

/** What a domain's module exports, types and values apart, in the order of the module. */
export interface ModuleExports {
  readonly types: readonly string[];
  readonly values: readonly string[];
}

/** Everything that the module of a domain exports. */
export function moduleExports(model: EventModel, domain: DomainModel): ModuleExports {
  const events = model.events.filter((event) => event.domain === domain.name);
  const types = [
    ...schemasOf(model, domain.name).map((schema) => schema.name),
    ...events.map((event) => event.typeName),
  ];
  const values = events.flatMap((event) => [event.key, event.publisher]);
  if (events.length === 0) return { types, values };
  return { types: [...types, handlersName(domain)], values: [...values, handlersFactoryName(domain)] };
}

/** `ApprovalHandlers`. */
export function handlersName(domain: DomainModel): string {
  return `${domain.typeName}Handlers`;
}

/** `approvalHandlers`. */
export function handlersFactoryName(domain: DomainModel): string {
  return `${domain.typeName.charAt(0).toLowerCase()}${domain.typeName.slice(1)}Handlers`;
}
