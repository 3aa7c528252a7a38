import type { EventModel } from '../model/event-model.js';
import type { Cache } from '../support/cache.js';

/** The lists of a model. */
export type ModelParts = Pick<EventModel, 'domains' | 'events' | 'schemas' | 'services'>;

type Part = ModelParts[keyof ModelParts][number];

/** The content of a part of a model as JSON, without its place in the catalog. */
export function textOf(part: Part, cache: Cache): string {
  return cache.derive('print-part', part, [], () => JSON.stringify({ ...part, source: undefined }));
}

/**
 * The parts of a model. A part with the same content and place as in an earlier run is the same object, so that results can
 * be cached by the part itself.
 */
export function reuseUnchanged(parts: ModelParts, cache: Cache): ModelParts {
  const reuse = <T extends Part>(kind: string, all: readonly T[], nameOf: (part: T) => string): T[] =>
    all.map((part) => cache.derive(`reuse-${kind}`, nameOf(part), [textOf(part, cache), placeOf(part)], () => part));
  return {
    domains: reuse('domain', parts.domains, ({ name }) => name),
    events: reuse('event', parts.events, ({ type }) => type),
    schemas: reuse('schema', parts.schemas, ({ name }) => name),
    services: reuse('service', parts.services, ({ name }) => name),
  };
}

function placeOf(part: Part): string | undefined {
  return 'source' in part ? `${part.source.file}#${part.source.pointer}` : undefined;
}
