import type { EventModelEntry, JsonValue } from '../model/event-model.js';
import type { DocumentStore, NodeRef, SourceLocation } from '../source/document-store.js';
import type { NamedEvent } from './name-events.js';

/** The headers of an example of a message. Rules check them; the SDK does not contain them. */
export interface HeaderExample {
  readonly event: EventModelEntry;
  /** The name of the schema of the headers. */
  readonly schema: string;
  /** Label for messages: `example 2`, or `example` and its name. */
  readonly which: string;
  readonly value: JsonValue;
  /** The place of a value within the headers. @param pointer JSON pointer from the headers. */
  readonly placeOf: (pointer: string) => SourceLocation;
}

/** Every example with headers, for events whose headers have a schema. */
export function headerExamples(
  store: DocumentStore,
  named: readonly NamedEvent[],
  entries: readonly EventModelEntry[],
): readonly HeaderExample[] {
  const found = new Map(named.map((event) => [event.type, event.found]));
  return entries.flatMap((event) => {
    const { headers: schema } = event;
    if (schema === undefined) return [];
    return (found.get(event.type)?.examples ?? []).flatMap(({ name, headers }, index): HeaderExample[] => {
      if (headers === undefined) return [];
      const which = `example ${name ?? index + 1}`;
      const placeOf = (pointer: string) => store.place(headers, pointer);
      return [{ event, schema, which, value: headers.value as JsonValue, placeOf }];
    });
  });
}

/**
 * The place of a value within an example, by the type of the event, the index of the example in the model, and the JSON
 * pointer from the data of the example.
 */
export type PlaceInExample = (type: string, index: number, pointer: string) => SourceLocation;

/** Finds places in examples. @param root Used for an event that the document does not contain. */
export function examplePlaces(store: DocumentStore, named: readonly NamedEvent[], root: NodeRef): PlaceInExample {
  const messages = new Map(named.map(({ type, found }) => [type, found]));
  return (type, index, pointer) => {
    const found = messages.get(type);
    const payloads = found?.examples.flatMap(({ payload }) => payload ?? []) ?? [];
    const payload = payloads[index];
    return payload === undefined ? store.place(found?.at ?? root) : store.place(payload, pointer);
  };
}
