import { contradictionOf, Satisfiability } from '../model/satisfiable.js';
import type { Finding, Rule } from './rule.js';

/** An event without any valid data cannot be published. A schema that accepts nothing is always a mistake. */
export const schemaUnsatisfiable: Rule = {
  code: 'SCHEMA_UNSATISFIABLE',
  severity: 'warning',
  *check({ model, visited, placeOf, cache }): Iterable<Finding> {
    const definitions = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
    const satisfiability = new Satisfiability(definitions, cache);
    const sources = new Map(model.schemas.map(({ name, source }) => [name, source]));
    const found = new Set<string>();
    for (const { type, key, payload, headers } of model.events) {
      for (const name of headers === undefined ? [payload] : [payload, headers]) {
        const source = sources.get(name);
        const reason = found.has(name) ? undefined : satisfiability.why([definitions.get(name) ?? true]);
        if (reason === undefined || source === undefined) continue;
        found.add(name);
        yield {
          place: placeOf(source),
          message: `no data is valid for ${name}: ${reason}`,
          hint: 'correct the schema: no data of the event can be valid',
          about: [type, key, name],
        };
      }
    }
    for (const { schema, owner, source, pointer } of visited) {
      const reason = contradictionOf(schema);
      if (reason === undefined || (pointer === '' && found.has(owner))) continue;
      const subject = pointer === '' ? owner : `${owner}${pointer}`;
      yield {
        place: placeOf(source, pointer),
        message: `nothing is valid for ${subject}: ${reason}`,
        hint: 'correct the limits',
        about: [owner],
      };
    }
  },
};
