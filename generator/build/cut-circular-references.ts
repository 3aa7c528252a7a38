import type { JsonSchema, JsonValue, SchemaModel } from '../model/event-model.js';
import {
  isSchema,
  isSchemaObject,
  mapSubschemas,
  referredName,
  schemaList,
  schemaMap,
  subschemas,
} from '../model/json-schema.js';
import { choiceKeywords, holds, isSameValue } from '../model/keywords.js';
import { compare } from '../support/values.js';
import { splitBases } from './split-bases.js';

/** Schemas after cutting the references that apply a schema to the same value again. */
export interface CutSchemas {
  /** Sorted by name. */
  readonly schemas: readonly SchemaModel[];
  /** Names of the schemas whose references were cut, sorted. */
  readonly circular: readonly string[];
}

/**
 * Splits bases from schemas that list their subtypes, then removes references by which a schema refers to itself without
 * entering a property or an item, as in `A: { anyOf: [{ $ref: A }, string] }`: TypeScript rejects such a type, and its
 * validator would not terminate. The rest of the schema is unchanged: such a branch of a union adds nothing, and such a
 * part of `allOf` requires nothing.
 * @param take Allocates the name of a base.
 */
export function cutCircularReferences(schemas: readonly SchemaModel[], take: (name: string) => string): CutSchemas {
  const before = new Map(schemas.map((schema) => [schema.name, schema.schema]));
  const { schemas: split, bases } = splitBases(before, take);
  const known = new Map(split);
  const circular = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const schema = known.get(name);
    if (schema === undefined || done.has(name)) return;
    const around = [...path, name];
    const cut = withoutReferences(unfolded(schema, name, split), new Set(around));
    if (cut !== schema) circular.add(name);
    known.set(name, cut);
    for (const next of directReferences(cut)) visit(next, around);
    done.add(name);
  };
  for (const name of split.keys()) visit(name, []);
  const models = new Map(schemas.map((schema) => [schema.name, schema]));
  const all = [...known].flatMap(([name, schema]) => {
    const model = models.get(name) ?? models.get(bases.get(name) ?? '');
    if (model === undefined) return [];
    return [model.schema === schema ? model : { ...withSchema(model, schema), name }];
  });
  return {
    schemas: all.sort((a, b) => compare(a.name, b.name)),
    circular: [...circular].sort(),
  };
}

/** Largest number of mutually recursive unions that are unfolded. In larger groups the circular reference is removed. */
const mostUnfolded = 4;

/** A union in which references to mutually recursive unions are replaced by their branches: `A: B | string`, `B: A | number`. */
function unfolded(schema: JsonSchema, own: string, schemas: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const chosenBy = (name: string, seen: ReadonlySet<string>): ReadonlySet<string> => {
    if (seen.has(name)) return seen;
    return choices(schemas.get(name) ?? true).reduce<ReadonlySet<string>>(
      (all, next) => chosenBy(next, all),
      new Set([...seen, name]),
    );
  };
  const group = new Set([...chosenBy(own, new Set())].filter((name) => chosenBy(name, new Set()).has(own)));
  if (group.size < 2 || group.size > mostUnfolded) return schema;
  const unfold = (inner: JsonSchema, path: readonly string[]): JsonSchema => {
    if (!isSchemaObject(inner)) return inner;
    const entries = Object.entries(inner).map(([keyword, value]): [string, JsonValue] => {
      if (!choiceKeywords.includes(keyword)) return [keyword, value];
      return [
        keyword,
        schemaList(value).flatMap((branch): JsonSchema[] => {
          const name =
            isSchemaObject(branch) && Object.keys(branch).length === 1 && typeof branch.$ref === 'string'
              ? referredName(branch.$ref)
              : undefined;
          if (name === undefined || !group.has(name)) return [branch];
          return path.includes(name) ? [] : [unfold(schemas.get(name) ?? true, [...path, name])];
        }),
      ];
    });
    return Object.fromEntries(entries);
  };
  return unfold(schema, [own]);
}

/** Names of the schemas that are branches of a union without any additional keyword. */
function choices(schema: JsonSchema): string[] {
  if (!isSchemaObject(schema)) return [];
  return choiceKeywords
    .flatMap((keyword) => schemaList(schema[keyword]))
    .flatMap((branch) => {
      return isSchemaObject(branch) && Object.keys(branch).length === 1 && typeof branch.$ref === 'string'
        ? [referredName(branch.$ref)]
        : [];
    });
}

function withSchema(model: SchemaModel, schema: JsonSchema): SchemaModel {
  const uses = new Set<string>();
  const collect = (inner: JsonSchema): JsonSchema => {
    if (typeof inner === 'object' && typeof inner.$ref === 'string') uses.add(referredName(inner.$ref));
    return mapSubschemas(inner, collect);
  };
  collect(schema);
  return { ...model, schema, uses: [...uses].sort() };
}

/** Names of the schemas that apply to the same value as this schema. */
function directReferences(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const own = typeof schema.$ref === 'string' ? [referredName(schema.$ref)] : [];
  const within = subschemas(schema).filter(({ keys: [keyword = ''] }) => isSameValue(keyword));
  return [...own, ...within.flatMap((inner) => directReferences(inner.schema))];
}

function withoutReferences(schema: JsonSchema, names: ReadonlySet<string>): JsonSchema {
  if (!directReferences(schema).some((name) => names.has(name)) || typeof schema === 'boolean') return schema;
  const isCycleReference = (inner: JsonValue) =>
    isSchemaObject(inner) && typeof inner.$ref === 'string' && names.has(referredName(inner.$ref));
  const entries = Object.entries(schema).flatMap(([keyword, value]): [string, JsonValue][] => {
    if (keyword === '$ref') return isCycleReference(schema) ? [] : [[keyword, value]];
    if (!isSameValue(keyword)) return [[keyword, value]];
    if (Array.isArray(value)) {
      const left = value.filter((inner) => !isCycleReference(inner)).map((inner) => withoutIn(inner, names));
      // A union that consists only of itself has no constraint.
      return left.length === 0 ? [] : [[keyword, left]];
    }
    if (holds(keyword) !== 'map') return isCycleReference(value) ? [] : [[keyword, withoutIn(value, names)]];
    const left = Object.entries(schemaMap(value)).filter(([, inner]) => !isCycleReference(inner));
    return [[keyword, Object.fromEntries(left.map(([name, inner]) => [name, withoutReferences(inner, names)]))]];
  });
  return Object.fromEntries(entries);
}

function withoutIn(value: JsonValue, names: ReadonlySet<string>): JsonValue {
  return isSchema(value) ? withoutReferences(value, names) : value;
}
