import { type ModelPart, type ModelParts, partText } from '../model/part-text.js';
import type { Cache } from '../support/cache.js';

/**
 * The parts of a model. A part with the same content and place as in an earlier run is the same object, so that results can
 * be cached by the part itself.
 */
export function reuseUnchanged(parts: ModelParts, cache: Cache): ModelParts {
  const reuse = <T extends ModelPart>(kind: string, all: readonly T[], nameOf: (part: T) => string): T[] =>
    all.map((part) => cache.derive(`reuse-${kind}`, nameOf(part), [partText(part, cache), placeOf(part)], () => part));
  return {
    domains: reuse('domain', parts.domains, ({ name }) => name),
    events: reuse('event', parts.events, ({ type }) => type),
    schemas: reuse('schema', parts.schemas, ({ name }) => name),
    services: reuse('service', parts.services, ({ name }) => name),
  };
}

function placeOf(part: ModelPart): string | undefined {
  return 'source' in part ? `${part.source.file}#${part.source.pointer}` : undefined;
}
