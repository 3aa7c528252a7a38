import type { JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchemaObject, type SchemaObject, schemaList } from '../model/json-schema.js';
import { choiceKeywords, personalDataMark } from '../model/keywords.js';
import { docComment } from './jsdoc.js';
import { jsonExpression } from './text.js';

/** A type of an older version of an event. */
export interface OlderNote {
  /** `Data of version 1 of shop.order.placed.` Absent for a schema below the payload. */
  readonly text: string | undefined;
  /** `since 2.0.0`. */
  readonly deprecated: string;
}

interface DocContext {
  /** The schema that a reference leads to. */
  readonly target?: JsonSchema | undefined;
  /** Columns that the indentation takes. Default: 0. */
  readonly reserved?: number;
  readonly older?: OlderNote | undefined;
}

/** The JSDoc of a schema or of a property: its description and the constraints that the TypeScript type does not express. */
export function schemaDoc(schema: JsonSchema, { target, reserved = 0, older }: DocContext = {}): string {
  if (older === undefined && (schema === false || (schema === true && target === undefined))) return '';
  const own: SchemaObject = typeof schema === 'boolean' ? {} : schema;
  const referred: SchemaObject = typeof target === 'object' ? target : {};
  const text = textOf(own.description) ?? textOf(own.title) ?? textOf(referred.description);
  const facts = [...constraintFacts(own), ...usageFacts(own)];
  const personal = own[personalDataMark] === true ? 'Personal data.' : undefined;
  const deprecated = older?.deprecated ?? (own.deprecated === true || referred.deprecated === true);
  const see = linkOf(own.externalDocs ?? referred.externalDocs);
  const lines = [older?.text, text, [...facts, personal].filter(Boolean).join(' '), constantsText(own)];
  return docComment({ text: lines, deprecated, see }, reserved);
}

/** Sentences about the use of a value, and its examples. */
function usageFacts(schema: SchemaObject): string[] {
  const examples = [
    ...(Array.isArray(schema.examples) ? schema.examples : []),
    ...(schema.example === undefined ? [] : [schema.example]),
  ];
  const shown = examples.slice(0, 3).map((value) => `\`${jsonExpression(value).replaceAll(/\s*\n\s*/g, ' ')}\``);
  return [
    schema.readOnly === true ? 'Read only.' : '',
    schema.writeOnly === true ? 'Write only.' : '',
    shown.length === 0 ? '' : `${shown.length === 1 ? 'Example' : 'Examples'}: ${shown.join(', ')}.`,
  ].filter((fact) => fact !== '');
}

/** The link of `externalDocs`, with its description. */
function linkOf(docs: JsonValue | undefined): string | undefined {
  if (!isSchemaObject(docs) || typeof docs.url !== 'string') return undefined;
  return typeof docs.description === 'string' ? `${docs.url} ${docs.description.replaceAll(/\s+/g, ' ')}` : docs.url;
}

/** A list with the meaning of each constant in `oneOf` or `anyOf`. */
function constantsText(schema: SchemaObject): string | undefined {
  const lines = choiceKeywords
    .flatMap((keyword) => schemaList(schema[keyword]))
    .flatMap((branch) => {
      if (!isSchemaObject(branch) || branch.const === undefined) return [];
      const texts = [textOf(branch.title), textOf(branch.description)].filter((each) => each !== undefined);
      const meaning = texts.map((each) => each.replaceAll(/\s+/g, ' ').trim()).join(': ');
      return meaning === '' ? [] : [`- \`${jsonExpression(branch.const)}\`: ${meaning}`];
    });
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** The constraints of a schema that its TypeScript type does not show, as short sentences. */
function constraintFacts(schema: SchemaObject): string[] {
  const facts = [
    textOf(schema.format) && `Format: ${schema.format}.`,
    textOf(schema.pattern) && `Pattern: \`${schema.pattern}\`.`,
    rangeFact(schema),
    countFact('character', schema.minLength, schema.maxLength),
    countFact('item', schema.minItems, schema.maxItems),
    countFact('property', schema.minProperties, schema.maxProperties),
    schema.type === 'integer' && 'A whole number.',
    numberOf(schema.multipleOf) !== undefined && `A multiple of ${schema.multipleOf}.`,
    schema.uniqueItems === true && 'No item twice.',
    schema.default !== undefined && `Default: \`${jsonExpression(schema.default).replaceAll(/\s*\n\s*/g, ' ')}\`.`,
  ];
  return facts.filter((fact) => typeof fact === 'string' && fact !== '') as string[];
}

function rangeFact(schema: SchemaObject): string | undefined {
  const from = numberOf(schema.minimum);
  const to = numberOf(schema.maximum);
  const above = numberOf(schema.exclusiveMinimum);
  const below = numberOf(schema.exclusiveMaximum);
  if (from !== undefined && to !== undefined) return `From ${from} to ${to}.`;
  const lower = from !== undefined ? `at least ${from}` : above !== undefined ? `more than ${above}` : undefined;
  const upper = to !== undefined ? `at most ${to}` : below !== undefined ? `less than ${below}` : undefined;
  if (lower === undefined && upper === undefined) return undefined;
  const both = [lower, upper].filter(Boolean).join(', ');
  return `${both.charAt(0).toUpperCase()}${both.slice(1)}.`;
}

function countFact(unit: string, min: JsonValue | undefined, max: JsonValue | undefined): string | undefined {
  const from = numberOf(min);
  const to = numberOf(max);
  const plural = unit === 'property' ? 'properties' : `${unit}s`;
  const counted = (count: number) => `${count} ${count === 1 ? unit : plural}`;
  if (from !== undefined && from === to) return `Exactly ${counted(from)}.`;
  if (from && to !== undefined) return `${from} to ${counted(to)}.`;
  if (to !== undefined) return `At most ${counted(to)}.`;
  return from ? `At least ${counted(from)}.` : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
