import type { FoundDocument } from '../document/found-document.js';
import type { EventModelEntry, ServiceModel } from '../model/event-model.js';
import { compare, groupBy, optional } from '../support/values.js';

/** Every application that sends or receives an event, sorted by name. */
export function servicesOf({ services }: FoundDocument, events: readonly EventModelEntry[]): ServiceModel[] {
  const typesBy = (side: 'senders' | 'receivers') =>
    groupBy(
      events.flatMap((event) => event[side].map((name) => ({ name, type: event.type }))),
      ({ name }) => name,
    );
  const sends = typesBy('senders');
  const receives = typesBy('receivers');
  return [...new Set([...sends.keys(), ...receives.keys()])].sort(compare).map((name) => ({
    name,
    ...optional('title', services.get(name)?.title),
    ...optional('description', services.get(name)?.description),
    sends: (sends.get(name) ?? []).map(({ type }) => type),
    receives: (receives.get(name) ?? []).map(({ type }) => type),
  }));
}
