import type { EventModelEntry } from '../model/event-model.js';
import type { CheckedCatalog, Finding, Rule } from './rule.js';

/** An unused schema costs readers time, and is usually a leftover. */
export const schemaUnused: Rule = {
  code: 'SCHEMA_UNUSED',
  severity: 'warning',
  *check({ unusedSchemas }) {
    for (const { name, place } of unusedSchemas()) {
      yield {
        place,
        message: `nothing refers to the schema ${name}`,
        hint: 'use it in a payload, or remove it',
        about: [name],
      };
    }
  },
};

/** According to the catalog, no service sends the event. */
export const eventUnsent: Rule = {
  code: 'EVENT_UNSENT',
  severity: 'warning',
  check: (catalog) => without(catalog, 'senders', 'sends', 'send'),
};

/** Either no service needs the event, or the catalog does not list its receivers. */
export const eventUnreceived: Rule = {
  code: 'EVENT_UNRECEIVED',
  severity: 'warning',
  check: (catalog) => without(catalog, 'receivers', 'receives', 'receive'),
};

function* without(
  { model, placeOf }: CheckedCatalog,
  side: 'senders' | 'receivers',
  verb: string,
  action: string,
): Iterable<Finding> {
  const found = model.events.filter((event) => !event.reply && event[side].length === 0);
  const finding = ({ type, source }: EventModelEntry, message: string): Finding => ({
    place: placeOf(source),
    message,
    hint: `add an operation with \`action: ${action}\` and the \`x-service\` that ${verb} it`,
    about: [type],
  });
  const [first] = found;
  // A document that only describes sending or only receiving needs one fix, not one for each event.
  if (first !== undefined && found.length > 1 && found.length === model.events.length) {
    yield { ...finding(first, `no operation ${verb} any of the ${found.length} events`), about: ['*'] };
    return;
  }
  for (const event of found) yield finding(event, `no operation ${verb} ${event.type}`);
}
