import {
  companionsOf,
  concerns,
  isChecked,
  isKeyword,
  isKnownFormat,
  isUnchecked,
  nearestExtension,
  nearestKeyword,
} from '../model/keywords.js';
import { type DocumentStore, fieldsOf, type NodeRef } from '../source/document-store.js';
import type { Warning } from './schema-finding.js';

/** Reports the keywords of a schema in the catalog that are unknown, have no effect, or are not checked. */
export function checkKeywords(at: NodeRef, store: DocumentStore, warn: (...warning: Warning) => void): void {
  const fields = fieldsOf(at.value);
  const { type, $ref } = fields;
  const types = (Array.isArray(type) ? type : type === undefined ? [] : [type]).map(String);
  for (const [word, value] of Object.entries(fields)) {
    const place = () => store.child(at, word) ?? at;
    const meant = nearestExtension(word);
    if (!isKeyword(word)) warn(place(), ...unknown(word, types), 'KEYWORD_UNKNOWN');
    else if (meant !== undefined) {
      warn(place(), `nothing reads ${word}; did you mean ${meant}?`, `write ${meant}`, 'KEYWORD_UNKNOWN');
    } else if (types.length > 0 && !concerns(word, value, types)) {
      const subject = word === 'format' ? `the format ${String(value)}` : word;
      const message = `${subject} has no effect: it does not apply to ${types.join(' or ')}`;
      warn(place(), message, 'correct the type, or remove it', 'KEYWORD_IDLE');
    } else if (companionsOf(word)?.every((other) => fields[other] === undefined)) {
      const needed = companionsOf(word)?.slice(0, 2).join(' or ');
      warn(place(), `${word} has no effect without ${needed}`, `add ${needed}, or remove it`, 'KEYWORD_IDLE');
    } else if (word === 'additionalItems' && !Array.isArray(fields.items)) {
      const message = 'additionalItems has no effect without a list of items';
      warn(place(), message, 'write `items` for the schema of every item', 'KEYWORD_IDLE');
    }
    if (isUnchecked(word)) warn(place(), `${word} is not checked`, 'check it in the handler', 'KEYWORD_UNCHECKED');
    if (word === 'format' && typeof value === 'string' && !isKnownFormat(value)) {
      const message = `the format ${value} is not checked`;
      warn(place(), message, 'add a `pattern`, or check it in the handler', 'KEYWORD_UNCHECKED');
    }
  }
  const siblings =
    typeof $ref === 'string' ? Object.keys(fields).filter((word) => word !== '$ref' && isChecked(word)) : [];
  if (siblings.length > 0) {
    const message = `${siblings.join(', ')} next to $ref: it is checked here, but tools for draft 07 ignore it`;
    warn(at, message, 'put the reference into `allOf`, where every tool reads both', 'REF_SIBLINGS');
  }
}

function unknown(word: string, types: readonly string[]): [message: string, hint: string] {
  const nearest = nearestKeyword(word, types);
  const message = `${word} is not a keyword of JSON Schema, so it is not checked`;
  if (nearest === undefined) return [message, `write x-${word} for a custom annotation`];
  return [`${message}; did you mean ${nearest}?`, `write ${nearest}, or x-${word} for a custom annotation`];
}
