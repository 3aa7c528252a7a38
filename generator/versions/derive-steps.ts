import type { JsonSchema, JsonValue, UpcastStep } from '../model/event-model.js';
import {
  isSchemaObject,
  propertyNames,
  propertySchema,
  referredName,
  refTo,
  requiredOf,
  type SchemaObject,
} from '../model/json-schema.js';
import { isAnnotation, renamedFrom } from '../model/keywords.js';
import type { Definitions } from '../model/shape.js';
import { violationsOf } from '../validators/evaluate.js';
import {
  changedWords,
  type DefinedSchema,
  isSameStructure,
  obstaclesToCopy,
  unprovenValues,
} from './compare-values.js';
import type { VersionedPayload } from './former-versions.js';

/** The conversion that follows from two schemas. */
export interface Derivation {
  /** In the order of the new version's properties; dropped properties last. */
  readonly steps: readonly UpcastStep[];
  /** Why the steps are not a complete conversion. Empty if they are. */
  readonly obstacles: readonly string[];
  /** The properties of the new version that the steps do not convert. */
  readonly unclear: readonly string[];
  /** The copied properties whose description changed: their meaning may have changed too. */
  readonly reworded: readonly string[];
}

/** The conversion of data of one version to the next, as far as the schemas say it. */
export function deriveSteps(old: VersionedPayload, now: VersionedPayload): Derivation {
  const [before, after] = [old, now].map(payloadSchema);
  const closed = [...whyNotClosed(before, 'the older version'), ...whyNotClosed(after, 'the new version')];
  if (!isSchemaObject(before) || !isSchemaObject(after) || closed.length > 0) {
    return { steps: [], obstacles: closed, unclear: [], reworded: [] };
  }
  const found = propertyNames(after).map((name) => new PropertyStep(name, before, after, { old, now }).derive());
  const used = new Set(found.flatMap(({ step }) => (step?.do === 'rename' ? step.from : (step?.name ?? []))));
  const gone = propertyNames(before).filter((name) => !used.has(name) && !isDescribed(after, name));
  return {
    steps: [...found.flatMap(({ step }) => step ?? []), ...gone.map((name): UpcastStep => ({ do: 'drop', name }))],
    obstacles: [
      ...(isSameStructure(schemaOf(old), schemaOf(now)) ? [sameStructure] : []),
      ...rootWords(before, after),
      ...found.flatMap(({ obstacles }) => obstacles),
    ],
    unclear: propertyNames(after).filter((_, index) => found[index]?.obstacles.length !== 0),
    reworded: found.flatMap(({ step, isReworded }) => (isReworded && step !== undefined ? [step.name] : [])),
  };
}

const sameStructure =
  'the structure did not change, so only its meaning can have: it is converted by code, or means the same';

/** Why data of one version is not, unchanged, data of the next one with the same meaning. Empty if it is. */
export function obstaclesToSame(old: VersionedPayload, now: VersionedPayload): string[] {
  const [before, after] = [schemaOf(old), schemaOf(now)];
  const words = changedWords(before, after, '$');
  return isSameStructure(before, after) ? words : [...words, ...unprovenValues(before, after, '$')];
}

/** The steps of data that is copied unchanged. Empty if the payload is not an object with described properties. */
export function keepAll(payload: VersionedPayload): UpcastStep[] {
  const schema = payloadSchema(payload);
  return isSchemaObject(schema) ? propertyNames(schema).map((name) => ({ do: 'keep', name })) : [];
}

/** The schema of a payload, with its references followed. */
export function payloadSchema(payload: VersionedPayload): JsonSchema {
  return resolved(schemaOf(payload).schema, payload.definitions);
}

function schemaOf({ name, definitions }: VersionedPayload): DefinedSchema {
  return { schema: { $ref: refTo(name) }, definitions };
}

interface FoundStep {
  /** Absent for an optional property that older data cannot have. */
  readonly step?: UpcastStep;
  /** Whether it copies a property whose description changed. */
  readonly isReworded?: boolean;
  readonly obstacles: readonly string[];
}

/** Derives the step of one property of the new version. */
class PropertyStep {
  readonly #name: string;
  readonly #before: SchemaObject;
  readonly #after: SchemaObject;
  readonly #old: Definitions;
  readonly #now: Definitions;

  constructor(
    name: string,
    before: SchemaObject,
    after: SchemaObject,
    { old, now }: { readonly old: VersionedPayload; readonly now: VersionedPayload },
  ) {
    this.#name = name;
    this.#before = before;
    this.#after = after;
    this.#old = old.definitions;
    this.#now = now.definitions;
  }

  derive(): FoundStep {
    const name = this.#name;
    const from = sourceOf(this.#after, name);
    const wasThere = isDescribed(this.#before, name);
    if (from !== undefined && isDescribed(this.#before, from)) {
      const why = this.#whyNotRenamed(from, wasThere);
      if (why !== undefined) return { obstacles: [`$.${name}: ${why}`] };
      const { fallback, obstacles } = this.#copied(from);
      return { step: { do: 'rename', name, from, ...fallback }, obstacles, isReworded: this.#isReworded(from) };
    }
    if (wasThere) {
      const { fallback, obstacles } = this.#copied(name);
      return { step: { do: 'keep', name, ...fallback }, obstacles, isReworded: this.#isReworded(name) };
    }
    if (from !== undefined) return { obstacles: [`$.${name}: the older version has no property ${from}`] };
    if (!requiredOf(this.#after).includes(name)) return { obstacles: [] };
    const value = this.#validDefault();
    if (value !== undefined) return { step: { do: 'set', name, value }, obstacles: [] };
    return { obstacles: [`$.${name}: it is new and required, and has no valid default`] };
  }

  #whyNotRenamed(from: string, wasThere: boolean): string | undefined {
    if (wasThere) return `it is renamed from ${from}, but the older version has both`;
    if (isDescribed(this.#after, from)) return `it is renamed from ${from}, which still exists`;
    const same = propertyNames(this.#after).filter((name) => sourceOf(this.#after, name) === from);
    return same.length > 1 ? `${same.join(' and ')} are renamed from the same property, ${from}` : undefined;
  }

  /** The default for data without the property `from`, and why the property cannot be copied. */
  #copied(from: string): { fallback: { readonly default?: JsonValue }; obstacles: readonly string[] } {
    const path = `$.${this.#name}`;
    const old: DefinedSchema = { schema: withoutRename(propertySchema(this.#before, from)), definitions: this.#old };
    const now: DefinedSchema = { schema: this.#schema(), definitions: this.#now };
    const obstacles = obstaclesToCopy(old, now, path);
    const isOptional = !requiredOf(this.#before).includes(from);
    if (!isOptional || !requiredOf(this.#after).includes(this.#name)) return { fallback: {}, obstacles };
    const value = this.#validDefault();
    if (value !== undefined) return { fallback: { default: value }, obstacles };
    return { fallback: {}, obstacles: [...obstacles, `${path}: it became required, and has no valid default`] };
  }

  #isReworded(from: string): boolean {
    const was = firstOf(propertySchema(this.#before, from), 'description', this.#old);
    return was !== firstOf(this.#schema(), 'description', this.#now);
  }

  #schema(): JsonSchema {
    return withoutRename(propertySchema(this.#after, this.#name));
  }

  /** The default of the property, otherwise its only value; undefined if there is none that is valid. */
  #validDefault(): JsonValue | undefined {
    const schema = this.#schema();
    const given = firstOf(schema, 'default', this.#now);
    const value = given === undefined ? firstOf(schema, 'const', this.#now) : given;
    if (value === undefined) return undefined;
    return violationsOf(value, schema, (name) => this.#now.get(name)).length === 0 ? value : undefined;
  }
}

/** The property of the previous version that a property had been. */
function sourceOf(schema: SchemaObject, name: string): string | undefined {
  const property = propertySchema(schema, name);
  const from = isSchemaObject(property) ? property[renamedFrom] : undefined;
  return typeof from === 'string' && from !== name ? from : undefined;
}

function withoutRename(schema: JsonSchema): JsonSchema {
  if (!isSchemaObject(schema)) return schema;
  const { [renamedFrom]: _from, ...rest } = schema;
  return rest;
}

function isDescribed({ properties }: SchemaObject, name: string): boolean {
  return isSchemaObject(properties) && Object.hasOwn(properties, name);
}

/** The value of a keyword in a schema, or in the schema that it refers to. */
function firstOf(schema: JsonSchema, keyword: string, definitions: Definitions): JsonValue | undefined {
  if (!isSchemaObject(schema)) return undefined;
  const found = schema[keyword];
  if (found !== undefined || schema.$ref === undefined) return found;
  const target = resolved(schema, definitions);
  return isSchemaObject(target) ? target[keyword] : undefined;
}

/** The schema that a reference, or a chain of references, leads to. */
function resolved(schema: JsonSchema, definitions: Definitions): JsonSchema {
  let at = schema;
  for (let hops = 0; hops < 20 && isSchemaObject(at) && typeof at.$ref === 'string'; hops += 1) {
    if (Object.keys(at).some((key) => key !== '$ref' && !isAnnotation(key))) break;
    at = definitions.get(referredName(at.$ref)) ?? true;
  }
  return at;
}

const rootKeywords = ['type', 'properties', 'required', 'additionalProperties'];

/** Why a payload is not an object whose properties are all described. */
function whyNotClosed(schema: JsonSchema | undefined, subject: string): string[] {
  if (!isSchemaObject(schema) || schema.type !== 'object') return [`${subject} is not described as an object`];
  const others = Object.keys(schema).filter((key) => !rootKeywords.includes(key) && !isAnnotation(key));
  const undescribed = requiredOf(schema).filter((name) => !isDescribed(schema, name));
  return [
    ...(others.length === 0 ? [] : [`${subject} is described with \`${others.join('`, `')}\``]),
    ...(undescribed.length === 0 ? [] : [`${subject} requires ${undescribed.join(', ')}, and does not describe it`]),
    ...(schema.additionalProperties === false
      ? []
      : [`${subject} may have properties that it does not describe (no \`additionalProperties: false\`)`]),
  ];
}

function rootWords(before: SchemaObject, after: SchemaObject): string[] {
  const words = (schema: SchemaObject) => {
    const entries = Object.entries(schema).filter(([key]) => isAnnotation(key) && key !== 'default');
    return { schema: Object.fromEntries(entries), definitions: new Map() };
  };
  return changedWords(words(before), words(after), '$');
}
