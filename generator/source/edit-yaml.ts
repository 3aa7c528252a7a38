import { isDeepStrictEqual } from 'node:util';
import {
  Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  stringify,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { GeneratorError } from '../support/errors.js';
import { pointerOf } from './json-pointer.js';
import { offsetOf } from './source-file.js';

/** A value that is written into a file. */
export type EditValue = string | number | boolean | readonly EditValue[] | { readonly [key: string]: EditValue };

/** One key that is added to a YAML or JSON file, or whose value is replaced. */
export interface YamlEdit {
  /**
   * The key and those of the mappings that enclose it, from the root of the file. Mappings that are missing are added. The number
   * of the items of a list adds one.
   */
  readonly keys: readonly string[];
  readonly value: EditValue;
  /** A new key is written below the first of these keys that the mapping has; without one, at its end. */
  readonly after?: readonly string[];
  /** Writes a new mapping in several lines, if the one that encloses it is. Default false: in one line. */
  readonly isBlock?: boolean;
}

type NewPair = readonly [key: string, value: EditValue];

/** Text that replaces the characters from `start` to before `end`. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/**
 * Writes one key into the text of a YAML or JSON file. All other characters of the text stay: comments, order, quotes, line ends.
 * @param file Name of the file, for errors.
 * @returns The new text. Reading it gives the same values as before, and the new one.
 * @throws GeneratorError `EDIT_IMPOSSIBLE` if the text cannot be changed in this way, such as inside an alias.
 */
export function editYaml(file: string, text: string, edit: YamlEdit): string {
  const { start, end, by } = replacementOf(file, text, edit);
  const edited = text.slice(0, start) + by + text.slice(end);
  if (!isExpected(text, edited, edit))
    throw impossible(file, text, edit, 'the layout of the file at this place is unusual');
  return edited;
}

function replacementOf(file: string, text: string, edit: YamlEdit): Replacement {
  const document = parseDocument(text, { merge: true, logLevel: 'error' });
  let node: unknown = document.contents;
  for (const [depth, key] of edit.keys.entries()) {
    if (isSeq(node)) {
      const isNew = depth === edit.keys.length - 1 && Number(key) === node.items.length;
      if (isNew) return appended(text, node, edit);
      node = node.items[Number(key)];
      continue;
    }
    if (isAlias(node)) throw impossible(file, text, edit, `${pointerOf(edit.keys.slice(0, depth))} is an alias`);
    if (!isMap(node))
      throw impossible(file, text, edit, `${pointerOf(edit.keys.slice(0, depth)) || 'the file'} is no mapping`);
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    const rest = edit.keys.slice(depth + 1);
    if (pair === undefined) return insertion(text, node, [key, nest(rest, edit.value)], edit);
    if (rest.length === 0 || isEmpty(pair.value)) return replacement(text, node, pair, nest(rest, edit.value));
    node = pair.value;
  }
  throw impossible(file, text, edit, 'no key is named');
}

/** The value inside the mappings that enclose it. */
function nest(keys: readonly string[], value: EditValue): EditValue {
  return keys.reduceRight<EditValue>((inner, key) => ({ [key]: inner }), value);
}

function isEmpty(value: unknown): boolean {
  return value === null || (isScalar(value) && value.value === null);
}

/** The value of a pair, replaced. It keeps its quotes. */
function replacement(text: string, map: YAMLMap, pair: Pair, value: EditValue): Replacement {
  const colon = text.indexOf(':', rangeOf(pair.key)[1]) + 1;
  // The last line end of a block scalar belongs to its text.
  const end = text.slice(0, endOf(text, pair)).trimEnd().length;
  const [start, , hasText] = pair.value === null ? [colon, colon, false] : rangeOf(pair.value);
  const quote = isScalar(pair.value) && pair.value.type === 'QUOTE_SINGLE' ? "'" : '"';
  const isQuoted = isScalar(pair.value) && (pair.value.type === 'QUOTE_DOUBLE' || pair.value.type === 'QUOTE_SINGLE');
  const plain = format(value, isJson(text, map));
  const canQuote = isQuoted && typeof value === 'string' && !/["'\\\n]/.test(value) && !/^["']/.test(plain);
  const by = canQuote ? `${quote}${value}${quote}` : plain;
  if (!hasText || text.slice(colon, start).includes('\n')) {
    return { start: colon, end: hasText ? end : colon, by: ` ${by}` };
  }
  return { start, end, by };
}

function insertion(
  text: string,
  map: YAMLMap,
  [key, value]: NewPair,
  { after = [], isBlock = false }: Pick<YamlEdit, 'after' | 'isBlock'>,
): Replacement {
  const json = isJson(text, map);
  const [first] = map.items;
  const isWide = isBlock && !map.flow && first !== undefined && typeof value === 'object';
  const added = isWide
    ? block({ [key]: value }, text, lineIndent(text, rangeOf(first.key)[0]))
    : `${format(key, json)}: ${format(value, json)}`;
  const keyed = after.flatMap((name) => map.items.filter((item) => isScalar(item.key) && item.key.value === name));
  const previous = keyed[0] ?? map.items.at(-1);
  if (first === undefined || previous === undefined) {
    const [start, end] = rangeOf(map);
    return { start, end, by: `{ ${added} }` };
  }
  const end = endOf(text, previous);
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = lineIndent(text, rangeOf(first.key)[0]);
  // A block scalar ends with its line.
  if (!map.flow && text[end - 1] === '\n') return { start: end, end, by: `${indent}${added}${newLine}` };
  // A comment behind the value stays in its line.
  const [behind = '', comma] = /^[ \t]*(,?)[ \t]*(?:#[^\r\n]*)?/.exec(text.slice(end)) ?? [];
  const next = end + behind.length;
  if (!map.flow) return { start: next, end: next, by: `${newLine}${indent}${added}` };
  const isInLines = /^\r?\n/.test(text.slice(next)) && text.slice(rangeOf(map)[0], end).includes('\n');
  if (!isInLines) return { start: end, end, by: `, ${added}` };
  const kept = comma === '' ? `,${behind}` : behind;
  const by = `${kept}${newLine}${indent}${added}${comma}`;
  return { start: end, end: next, by };
}

/** A new item at the end of a list. */
function appended(text: string, list: YAMLSeq, edit: YamlEdit): Replacement {
  const last = list.items.at(-1);
  const [start, end] = rangeOf(list);
  if (last === undefined || list.flow) {
    const json = /^\ufeff?\s*\{/.test(text);
    const added = format(edit.value, json);
    if (last === undefined) return { start, end, by: `[${added}]` };
    const [, before] = rangeOf(last);
    return { start: before, end: before, by: `, ${added}` };
  }
  const indent = lineIndent(text, start);
  const at = endOf(text, { key: last, value: last } as Pair);
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  // A block scalar ends with its line.
  if (text[at - 1] === '\n')
    return { start: at, end: at, by: `${indent}${block([edit.value], text, indent)}${newLine}` };
  const [behind = ''] = /^[ \t]*(?:#[^\r\n]*)?/.exec(text.slice(at)) ?? [];
  const next = at + behind.length;
  return { start: next, end: next, by: `${newLine}${indent}${block([edit.value], text, indent)}` };
}

/** The value as YAML in several lines, each but the first indented. References get the quotes that the file's have. */
function block(value: EditValue, text: string, indent: string): string {
  const document = new Document(value);
  const [, quote] = /\$ref:[ \t]*(["'])/.exec(text) ?? [];
  visit(document, {
    Pair: (_, { key, value: target }) => {
      if (!isScalar(key) || key.value !== '$ref' || !isScalar(target) || quote === undefined) return;
      target.type = quote === '"' ? 'QUOTE_DOUBLE' : 'QUOTE_SINGLE';
    },
  });
  const indentSeq = !/^( *)[^\s#-][^\n]*:[ \t]*\r?\n\1- /m.test(text);
  const newLine = text.includes('\r\n') ? '\r\n' : '\n';
  return document.toString({ lineWidth: 0, indentSeq }).trimEnd().split('\n').join(`${newLine}${indent}`);
}

/** The value as text of YAML or JSON, in one line. */
function format(value: EditValue, json: boolean): string {
  if (json && isList(value)) return `[${value.map((item) => format(item, true)).join(', ')}]`;
  if (json && typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${format(inner, true)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  if (json || (typeof value === 'string' && /[\r\n]/.test(value))) return JSON.stringify(value);
  // In a list, the texts that only a flow collection must quote are quoted too.
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0 }).trim().slice(2, -2);
}

function isList(value: EditValue): value is readonly EditValue[] {
  return Array.isArray(value);
}

/** Whether the keys of a mapping are written as in JSON. */
function isJson(text: string, map: YAMLMap): boolean {
  if (/^\ufeff?\s*\{/.test(text)) return true;
  const keys = map.items.map((item) => (isScalar(item.key) ? item.key.type : undefined));
  return map.flow === true && keys.length > 0 && keys.every((type) => type === 'QUOTE_DOUBLE');
}

/** Where the content of a pair ends, before comments and empty lines. */
function endOf(text: string, pair: Pair): number {
  const { value } = pair;
  if (isCollection(value) && !value.flow) {
    const last = value.items.at(-1);
    if (isPair(last)) return endOf(text, last);
    if (last !== undefined) return endOf(text, { key: pair.key, value: last } as Pair);
  }
  if (value === null || (isScalar(value) && value.source === '' && value.type === 'PLAIN')) {
    return text.indexOf(':', rangeOf(pair.key)[1]) + 1;
  }
  return rangeOf(value)[1];
}

/** Start and end of a node, and whether it has any text. */
function rangeOf(node: unknown): readonly [start: number, end: number, hasText: boolean] {
  const range = (node as { readonly range?: readonly [number, number, number] | null } | undefined)?.range;
  const [start, end] = range ?? [0, 0];
  return [start, end, end > start];
}

/** White space that brings a new line to the column of `offset`. */
function lineIndent(text: string, offset: number): string {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).replace('\ufeff', '');
  return (/^[ \t]*/.exec(before)?.[0] ?? '').padEnd(before.length);
}

/** Whether the edited text has the values of the former text and the new one, and nothing else. */
function isExpected(before: string, after: string, edit: YamlEdit): boolean {
  const read = (text: string): unknown => {
    const document = parseDocument(text, { merge: true, logLevel: 'error' });
    // As JSON: what two aliases share becomes two values, so a change that affects both is noticed.
    return document.errors.length > 0 ? undefined : JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 1000 })));
  };
  const expected = read(before);
  // Several documents in one file, or text that is not YAML.
  if (expected === undefined) return false;
  let at = expected as Record<string, unknown>;
  for (const key of edit.keys.slice(0, -1)) {
    at[key] = Object.hasOwn(at, key) && at[key] !== null ? at[key] : {};
    at = at[key] as Record<string, unknown>;
  }
  at[edit.keys.at(-1) ?? ''] = edit.value;
  return isDeepStrictEqual(expected, read(after));
}

function impossible(file: string, text: string, edit: YamlEdit, reason: string): GeneratorError {
  const pointer = pointerOf(edit.keys);
  const hint = `write it by hand: ${pointer} is ${JSON.stringify(edit.value)}`;
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { merge: true, logLevel: 'error', lineCounter });
  const { line, col } = lineCounter.linePos(offsetOf(document, edit.keys));
  const place = { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  const message = `${pointer} cannot be written: ${reason}`;
  return new GeneratorError([{ code: 'EDIT_IMPOSSIBLE', severity: 'error', ...place, message, hint }]);
}
