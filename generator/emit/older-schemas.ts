import type { EventModel } from '../model/event-model.js';
import type { OlderNote } from '../print/schema-doc.js';
import { majorOf } from '../support/versions.js';

/** The schemas that only older versions of events use, with the text for their types, by name. */
export function olderSchemas({ events, schemas }: EventModel): ReadonlyMap<string, OlderNote> {
  const uses = new Map(schemas.map((schema) => [schema.name, schema.uses]));
  const present = new Set<string>();
  const reach = (names: readonly string[], visit: (name: string) => boolean) => {
    const open = [...names];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (visit(name)) open.push(...(uses.get(name) ?? []));
    }
  };
  const own = events.flatMap(({ payload, headers }) => (headers === undefined ? [payload] : [payload, headers]));
  reach(own, (name) => !present.has(name) && present.add(name).has(name));
  const found = new Map<string, OlderNote>();
  for (const { type, version, older = [] } of events) {
    for (const [index, { major, payload }] of older.entries()) {
      const deprecated = `since ${older[index + 1]?.major ?? majorOf(version)}.0.0`;
      reach([payload], (name) => {
        if (present.has(name) || found.has(name)) return false;
        const text = name === payload ? `Data of version ${major} of \`${type}\`.` : undefined;
        found.set(name, { text, deprecated });
        return true;
      });
    }
  }
  return found;
}
