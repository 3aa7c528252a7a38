import { fieldsWithTraits } from '../document/read-document.js';
import type { EventModelEntry, JsonValue } from '../model/event-model.js';
import { type DocumentStore, fieldsOf, type SourceLocation } from '../source/document-store.js';
import type { NamedEvent } from './name-events.js';

/** The headers of one of a message's examples. They are held against their schema alone: an SDK shows payloads only. */
export interface HeaderExample {
  readonly event: EventModelEntry;
  /** The name of the schema of the headers. */
  readonly schema: string;
  /** `example 2`, or with its name. */
  readonly which: string;
  readonly value: JsonValue;
  /** Where a value within it is. @param pointer JSON pointer from the headers. */
  readonly placeOf: (pointer: string) => SourceLocation;
}

/** Every example of headers that have a schema. */
export function headerExamples(
  store: DocumentStore,
  named: readonly NamedEvent[],
  entries: readonly EventModelEntry[],
): readonly HeaderExample[] {
  const found = new Map(named.map((event) => [event.type, event.found]));
  return entries.flatMap((event) => {
    const message = found.get(event.type);
    const { headers: schema } = event;
    if (message === undefined || schema === undefined) return [];
    const { examples } = fieldsWithTraits(message);
    if (!Array.isArray(examples)) return [];
    const { file, pointer: within } = store.sourceOf(message.message);
    return examples.flatMap((example, index): HeaderExample[] => {
      const { headers: value, name } = fieldsOf(example);
      if (value === undefined) return [];
      const which = typeof name === 'string' ? `example ${name}` : `example ${index + 1}`;
      const placeOf = (pointer: string) => store.placeOf(file, `${within}/examples/${index}/headers${pointer}`);
      return [{ event, schema, which, value, placeOf }];
    });
  });
}
