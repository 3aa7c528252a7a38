import type { SchemaObject } from '../model/json-schema.js';
import { completeKeywords } from '../model/keywords.js';
import type { Rule } from './rule.js';
import { isOfType } from './walk-schema.js';

/** Keywords with which a schema accepts only some texts. */
const narrowing = [...completeKeywords, 'format', 'pattern'];
const timeName =
  /(?:[a-z0-9](?:At|Date|Time|Timestamp|DateTime|On|Since|Until)|_(?:at|date|time|timestamp|on|since|until))$|^(?:date|datetime|timestamp)$/;

/** A time without a `format` arrives in many notations. */
export const dateWithoutFormat: Rule = {
  code: 'DATE_WITHOUT_FORMAT',
  severity: 'warning',
  *check({ visited, placeOf }) {
    for (const { schema, owner, source, pointer, property } of visited) {
      if (property === undefined || !isFreeText(schema) || !timeName.test(property)) continue;
      yield {
        place: placeOf(source, pointer),
        message: `${owner}.${property} has a name like a time, but any text is valid`,
        hint: 'add `format: date-time` (or `date`, `time`)',
        about: [owner, `${owner}.${property}`],
      };
    }
  },
};

/** Values that are only listed in a description are not validated, and their TypeScript type is `string`. */
export const enumInDescription: Rule = {
  code: 'ENUM_IN_DESCRIPTION',
  severity: 'warning',
  *check({ visited, placeOf }) {
    for (const { schema, owner, source, pointer, property } of visited) {
      if (!isFreeText(schema) || typeof schema.description !== 'string') continue;
      const values = valuesListed(schema.description);
      if (values.length < 2) continue;
      const subject = property === undefined ? owner : `${owner}.${property}`;
      yield {
        place: placeOf(source, `${pointer}/description`),
        message: `the description of ${subject} lists its values, but any text is valid`,
        hint: `add \`enum: [${values.join(', ')}]\``,
        about: [owner, subject],
      };
    }
  },
};

function isFreeText(schema: SchemaObject): boolean {
  return isOfType(schema, 'string') && narrowing.every((keyword) => schema[keyword] === undefined);
}

const word = '[A-Za-z0-9_][\\w.-]*';
const value = `(?:\`${word}\`|'${word}'|"${word}"|“${word}”|${word})`;
const quoted = `(?:\`${word}\`|'${word}'|"${word}"|“${word}”)`;
const between = '\\s*(?:,\\s*(?:or|and)?|\\||\\bor\\b|\\band\\b)\\s*';
const lists = [
  // After a colon ("one of: a, b"), the values may be unquoted. Without a colon they must be quoted: sentences have commas, too.
  new RegExp(
    `(?:one of|either|values?(?: are| is)?|options?(?: are)?|can be|may be)\\s*:\\s*(${value}(?:${between}${value})+)`,
    'i',
  ),
  new RegExp(`(?:one of|either|values(?: are)?|can be|may be|must be|is)\\s+(${quoted}(?:${between}${quoted})+)`, 'i'),
  new RegExp(`(${value}(?:\\s*\\|\\s*${value})+)`),
];

/** The values that a text lists; empty if it lists none. */
export function valuesListed(text: string): string[] {
  for (const list of lists) {
    const found = list.exec(text)?.[1];
    if (found === undefined) continue;
    const values = found.split(new RegExp(between)).map((each) => each.replace(/^\W+|\W+$/g, ''));
    return [...new Set(values.filter((each) => each !== ''))];
  }
  return [];
}
