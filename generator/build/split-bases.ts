import type { JsonSchema } from '../model/event-model.js';
import {
  isSchemaObject,
  mapSubschemas,
  referredName,
  refTo,
  type SchemaObject,
  schemaList,
  schemaMap,
} from '../model/json-schema.js';
import { choiceKeywords, isAnnotation } from '../model/keywords.js';

/** A reference of a schema that applies to the same value. */
interface Edge {
  readonly name: string;
  /** Whether it is one of several constraints that all apply. */
  readonly isPart: boolean;
  /** Whether it is inside `oneOf` or `anyOf`. */
  readonly isChoice: boolean;
}

export interface SplitBases {
  readonly schemas: ReadonlyMap<string, JsonSchema>;
  /** Name of the schema that each base was split from, by the name of the base. */
  readonly bases: ReadonlyMap<string, string>;
}

/**
 * Splits schemas that list their subtypes while the subtypes extend them, as in `Ticket: { oneOf: [Cabin, Deck] }` and
 * `Cabin: { allOf: [Ticket, …] }`. The subtypes then extend `TicketBase`, which is `Ticket` without the choice. A subtype is
 * one of the choices, so it satisfies the choice anyway.
 * @param take Allocates the name of a base.
 */
export function splitBases(schemas: ReadonlyMap<string, JsonSchema>, take: (name: string) => string): SplitBases {
  const result = new Map(schemas);
  const bases = new Map<string, string>();
  const groups = cyclesOf(new Map([...schemas].map(([name, schema]) => [name, edgesOf(schema, name)])));
  for (const group of groups) {
    const inGroup = new Set(group);
    const edges = (name: string) => edgesOf(schemas.get(name) ?? true, name);
    const extended = new Set(
      group.flatMap((name) =>
        edges(name)
          .filter(({ isPart }) => isPart)
          .map((edge) => edge.name),
      ),
    );
    const choosing = group.filter((name) => {
      return extended.has(name) && edges(name).some((edge) => edge.isChoice && inGroup.has(edge.name));
    });
    const names = new Map(choosing.map((name) => [name, take(`${name}Base`)]));
    for (const name of group) result.set(name, withBases(schemas.get(name) ?? true, names, name));
    for (const [name, base] of names) {
      bases.set(base, name);
      result.set(base, withoutChoices(withBases(schemas.get(name) ?? true, names, name), inGroup));
    }
  }
  return { schemas: result, bases };
}

/** References of a schema that apply to the same value as the schema. @param own Name of the schema. */
function edgesOf(schema: JsonSchema, own: string): readonly Edge[] {
  const found: Edge[] = [];
  const visit = (inner: JsonSchema, isPart: boolean, isChoice: boolean): void => {
    if (!isSchemaObject(inner)) return;
    const { $ref } = inner;
    if (typeof $ref === 'string') {
      const name = referredName($ref);
      found.push({ name, isPart: isPart || inner === schema || hasConstraints(inner), isChoice });
    }
    const parts = schemaList(inner.allOf);
    const isTagged = isTaggedChoice(inner, own);
    for (const part of parts) visit(part, isPart || !isTagged, isChoice);
    for (const keyword of choiceKeywords) for (const branch of schemaList(inner[keyword])) visit(branch, isPart, true);
  };
  visit(schema, false, false);
  return found;
}

function hasConstraints(schema: SchemaObject): boolean {
  return Object.keys(schema).some((keyword) => keyword !== '$ref' && !isAnnotation(keyword));
}

/** Whether a branch is a reference to another schema together with the value of its discriminator, and not an extension. */
function isTaggedChoice(schema: SchemaObject, own: string): boolean {
  const [target, tag, ...more] = schemaList(schema.allOf);
  if (!isSchemaObject(target) || !isSchemaObject(tag) || more.length > 0) return false;
  const { $ref } = target;
  const isAlone = Object.keys(schema).length === 1 && typeof $ref === 'string' && referredName($ref) !== own;
  return isAlone && isTag(tag);
}

/** Whether a schema has the form that a discriminator adds to a choice: `{ type: object, required: [kind], properties: { kind: { const } } }`. */
function isTag(schema: SchemaObject): boolean {
  const names = Object.keys(schemaMap(schema.properties));
  const [tag] = Object.values(schemaMap(schema.properties));
  const isValue = isSchemaObject(tag) && Object.keys(tag).length === 1 && ['const', 'enum'].some((each) => each in tag);
  const allowed = ['type', 'required', 'properties'];
  return names.length === 1 && isValue && Object.keys(schema).every((keyword) => allowed.includes(keyword));
}

/** A schema whose `allOf` parts refer to the bases instead of the schemas that were split. */
function withBases(schema: JsonSchema, names: ReadonlyMap<string, string>, own: string): JsonSchema {
  const replace = (inner: JsonSchema, isPart: boolean): JsonSchema => {
    if (!isSchemaObject(inner)) return inner;
    const isTagged = isTaggedChoice(inner, own);
    const copy = mapSubschemas(inner, (within, keyword) => {
      if (keyword === 'allOf') return replace(within, isPart || !isTagged);
      return choiceKeywords.includes(keyword) ? replace(within, isPart) : within;
    });
    const { $ref } = inner;
    const base = typeof $ref === 'string' ? names.get(referredName($ref)) : undefined;
    const isExtension = isPart || inner === schema || hasConstraints(inner);
    return base === undefined || !isExtension || !isSchemaObject(copy) ? copy : { ...copy, $ref: refTo(base) };
  };
  return replace(schema, false);
}

/** A schema without the choices that refer back to it. */
function withoutChoices(schema: JsonSchema, group: ReadonlySet<string>): JsonSchema {
  if (!isSchemaObject(schema)) return schema;
  const leadsBack = (inner: JsonSchema): boolean => edgesOf(inner, '').some(({ name }) => group.has(name));
  const entries = Object.entries(schema).flatMap(([keyword, value]): [string, typeof value][] => {
    if (keyword === 'allOf') return [[keyword, schemaList(value).map((part) => withoutChoices(part, group))]];
    return choiceKeywords.includes(keyword) && schemaList(value).some(leadsBack) ? [] : [[keyword, value]];
  });
  return Object.fromEntries(entries);
}

/** Groups of names that refer to each other or to themselves (strongly connected components, Tarjan). */
function cyclesOf(edges: ReadonlyMap<string, readonly Edge[]>): string[][] {
  const found: string[][] = [];
  const indexes = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const open = new Set<string>();
  const visit = (name: string): void => {
    const index = indexes.size;
    indexes.set(name, index);
    lowest.set(name, index);
    stack.push(name);
    open.add(name);
    for (const { name: next } of edges.get(name) ?? []) {
      if (!edges.has(next)) continue;
      if (!indexes.has(next)) visit(next);
      if (open.has(next)) lowest.set(name, Math.min(lowest.get(name) ?? index, lowest.get(next) ?? index));
    }
    if (lowest.get(name) !== index) return;
    const group = stack.splice(stack.indexOf(name));
    for (const each of group) open.delete(each);
    const isCycle = group.length > 1 || edges.get(name)?.some((edge) => edge.name === name);
    if (isCycle) found.push(group.sort());
  };
  for (const name of edges.keys()) if (!indexes.has(name)) visit(name);
  return found;
}
