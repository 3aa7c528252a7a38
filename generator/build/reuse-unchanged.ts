import type { EventModel } from '../model/event-model.js';

/** What a model is made of. */
export type ModelParts = Pick<EventModel, 'domains' | 'events' | 'schemas' | 'services'>;

type Part = ModelParts[keyof ModelParts][number];

/** What each part says, as JSON, without where it stands: made once for each. */
const texts = new WeakMap<Part, string>();

/** What a part of a model says, whatever file it says it in. */
export function textOf(part: Part): string {
  let text = texts.get(part);
  if (text === undefined) {
    text = JSON.stringify({ ...part, source: undefined });
    texts.set(part, text);
  }
  return text;
}

/**
 * The parts of a model, each the very object that an earlier model has for it where it says the same at the same place: what is
 * made of a part can then be kept by the part itself.
 */
export function reuseUnchanged(parts: ModelParts, earlier: ModelParts | undefined): ModelParts {
  if (earlier === undefined) return parts;
  return {
    domains: sameOf(parts.domains, earlier.domains, ({ name }) => name),
    events: sameOf(parts.events, earlier.events, ({ type }) => type),
    schemas: sameOf(parts.schemas, earlier.schemas, ({ name }) => name),
    services: sameOf(parts.services, earlier.services, ({ name }) => name),
  };
}

function sameOf<T extends Part>(parts: readonly T[], earlier: readonly T[], nameOf: (part: T) => string): T[] {
  const known = new Map(earlier.map((part) => [nameOf(part), part]));
  return parts.map((part) => {
    const before = known.get(nameOf(part));
    return before !== undefined && isSame(part, before) ? before : part;
  });
}

function isSame(a: Part, b: Part): boolean {
  return a === b || (placeOf(a) === placeOf(b) && textOf(a) === textOf(b));
}

function placeOf(part: Part): string | undefined {
  return 'source' in part ? `${part.source.file}#${part.source.pointer}` : undefined;
}
