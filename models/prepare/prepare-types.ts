import type { EventModel, JsonSchema, JsonValue, SchemaObject } from '@hyvve-events/catalog-model';
import type { ModelWarning } from '../models-options.js';
import { pascalCase, Scope } from '../names.js';
import { breakCycles } from './break-cycles.js';
import { isObject, mergeParts, nameOfRef, refOf, texts } from './merge-schema.js';
import type { Field, FlatType, NamedType } from './prepared-types.js';
import {
  branchesOf,
  distinct,
  isAny,
  isBig,
  isEmpty,
  isNull,
  scalarOf,
  simplest,
  typed,
  typesOf,
  withDescription,
} from './schema-facts.js';

/** The types of a catalog, each with its final name, and the places where a type is wider than its schema. */
export interface PreparedTypes {
  /** The schemas of the model in their order, each followed by the types that were found inside it. */
  readonly types: readonly NamedType[];
  readonly warnings: readonly ModelWarning[];
}

/** Gives every object, enum and choice of a catalog a name, and reduces everything else to what every language can express. */
export function prepareTypes(model: Pick<EventModel, 'schemas'>): PreparedTypes {
  const warnings: ModelWarning[] = [];
  const scope = new Scope(model.schemas.map(({ name }) => name));
  const schemas = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  const types = model.schemas.flatMap(({ name, domain, schema }) => {
    const owner = domain === undefined ? { name } : { name, domain };
    return new SchemaReader(owner, { schemas, scope, warnings }).read(schema);
  });
  return { types: breakCycles(types, warnings), warnings };
}

interface Context {
  readonly schemas: ReadonlyMap<string, JsonSchema>;
  readonly scope: Scope;
  readonly warnings: ModelWarning[];
}

/** A place within a schema. */
interface Place {
  /** Name of a type that is found here. */
  readonly name: string;
  readonly path: readonly string[];
}

type Owner = { readonly name: string; readonly domain?: string };

/** Reads one schema of the model. */
class SchemaReader {
  readonly #owner: Owner;
  readonly #context: Context;
  readonly #found: NamedType[] = [];

  constructor(owner: Owner, context: Context) {
    this.#owner = owner;
    this.#context = context;
  }

  read(schema: JsonSchema): readonly NamedType[] {
    const { name } = this.#owner;
    const type = this.#flat(schema, { name, path: [] }, true);
    if (type.ref === name && type.nullable !== true) return this.#found;
    // What may be null gets a name of its own: the name of the schema stands for both.
    const [own, ...inner] = type.ref === name ? this.#renamed(`${name}Value`) : [undefined, ...this.#found];
    const target = own === undefined ? type : { ...type, ref: own.name };
    const alias: NamedType = { kind: 'alias', type: target, ...this.#named(name, schema) };
    return own === undefined ? [alias, ...inner] : [alias, own, ...inner];
  }

  #renamed(wanted: string): [NamedType, ...NamedType[]] {
    const name = this.#context.scope.take(wanted);
    const [own, ...inner] = this.#found;
    if (own === undefined) throw new Error(`${this.#owner.name} has no type`);
    return [{ ...own, name }, ...inner];
  }

  #named(name: string, schema: JsonSchema) {
    const { description, deprecated } = isObject(schema) ? schema : {};
    return {
      name,
      deprecated: deprecated === true,
      ...(this.#owner.domain === undefined ? {} : { domain: this.#owner.domain }),
      ...(typeof description === 'string' ? { description } : {}),
    };
  }

  #warn({ path }: Place, reason: string): FlatType {
    this.#context.warnings.push({ schema: this.#owner.name, path: path.join('.'), reason });
    return {};
  }

  #flat(given: JsonSchema, place: Place, isTop = false): FlatType {
    if (!isObject(given)) return {};
    const ref = refOf(given);
    if (ref !== undefined) return { ref };
    const schema = mergeParts(given, (pointer) => this.#context.schemas.get(nameOfRef(pointer)));
    if (schema.const !== undefined) return this.#constant(schema.const, place);
    if (Array.isArray(schema.enum)) return this.#enumeration(schema, schema.enum, place, isTop);
    const branches = branchesOf(schema);
    if (branches !== undefined) return this.#choice(schema, branches, place, isTop);
    return this.#byType(schema, place, isTop);
  }

  #constant(value: JsonValue, place: Place): FlatType {
    if (typeof value === 'string') return { scalar: 'string', text: value };
    return value === null
      ? { nullable: true }
      : (scalarOf([value]) ?? this.#warn(place, 'a constant that is not a text'));
  }

  #enumeration(schema: SchemaObject, all: readonly JsonValue[], place: Place, isTop: boolean): FlatType {
    const values = all.filter((value) => value !== null);
    const nullable = values.length < all.length ? { nullable: true } : {};
    if (values.length === 0) return nullable;
    const strings = [...new Set(texts(values))];
    if (strings.length === new Set(values).size) {
      const name = this.#nameOf(place, isTop);
      this.#found.push({ kind: 'enum', values: strings, ...this.#named(name, schema) });
      return { ref: name, ...nullable };
    }
    const scalar = scalarOf(values);
    return scalar === undefined ? this.#warn(place, 'values of different types') : { ...scalar, ...nullable };
  }

  /** The name of a type that is found at a place: the schema's own, or one made from the path. */
  #nameOf({ name }: Place, isTop: boolean): string {
    return isTop ? name : this.#context.scope.take(name);
  }

  #choice(schema: SchemaObject, all: readonly JsonSchema[], place: Place, isTop: boolean): FlatType {
    const branches = all.filter((branch) => !isNull(branch));
    const nullable = branches.length < all.length ? { nullable: true } : {};
    const { oneOf: _oneOf, anyOf: _anyOf, ...base } = schema;
    const merged = branches.map((branch) => (isEmpty(base) ? typed(branch, base) : { ...base, allOf: [branch] }));
    const [only] = merged;
    if (only === undefined) return nullable;
    if (merged.length === 1) return { ...this.#flat(withDescription(only, schema), place, isTop), ...nullable };
    const name = this.#nameOf(place, isTop);
    const at = this.#found.length;
    const members = merged.map((branch, index) =>
      this.#flat(branch, { name: `${name}${this.#branchName(branch, index)}`, path: [...place.path, `${index}`] }),
    );
    if (members.every((member) => member.scalar !== undefined || isAny(member))) {
      return { ...simplest(members), ...(members.some((member) => member.nullable) ? { nullable: true } : nullable) };
    }
    this.#found.splice(at, 0, { kind: 'union', members: distinct(members), ...this.#named(name, schema) });
    return { ref: name, ...nullable };
  }

  /** `Card` for an object whose property `kind` is always `card`; otherwise `Option2`. */
  #branchName(branch: JsonSchema, index: number): string {
    const number = `Option${index + 1}`;
    if (!isObject(branch)) return number;
    const { properties } = mergeParts(branch, (pointer) => this.#context.schemas.get(nameOfRef(pointer)));
    for (const property of Object.values(isObject(properties) ? properties : {})) {
      const { const: text } = isObject(property) ? property : {};
      if (typeof text === 'string' && pascalCase(text) !== '') return pascalCase(text);
    }
    return number;
  }

  #byType(schema: SchemaObject, place: Place, isTop: boolean): FlatType {
    const all = typesOf(schema);
    const types = all.filter((type) => type !== 'null');
    const nullable = types.length < all.length ? { nullable: true } : {};
    if (types.length > 1) {
      const members = types.map((type) => this.#single(type, schema, place, false));
      if (members.every(({ scalar }) => scalar !== undefined)) return { ...simplest(members), ...nullable };
      return { ...this.#warn(place, `one of ${types.join(', ')}`), ...nullable };
    }
    const [type] = types;
    if (type !== undefined) return { ...this.#single(type, schema, place, isTop), ...nullable };
    return isObject(schema.properties) ? this.#perhapsObject(schema, place, isTop) : nullable;
  }

  /** Without a type, properties say what an object has, and everything else is allowed too. */
  #perhapsObject(schema: SchemaObject, place: Place, isTop: boolean): FlatType {
    const name = this.#nameOf(place, isTop);
    this.#warn(place, 'its schema has no type, so that it can be an object or any other value');
    const at = this.#found.length;
    const { description: _description, ...rest } = schema;
    const members = [this.#object(rest, { ...place, name: `${name}Object` }, false), {}];
    this.#found.splice(at, 0, { kind: 'union', members, ...this.#named(name, schema) });
    return { ref: name };
  }

  #single(type: string, schema: SchemaObject, place: Place, isTop: boolean): FlatType {
    if (type === 'object') return this.#object(schema, place, isTop);
    if (type === 'array') return this.#array(schema, place);
    if (type === 'integer') return { scalar: isBig(schema) ? 'bigInteger' : 'integer' };
    return type === 'string' || type === 'number' || type === 'boolean' ? { scalar: type } : {};
  }

  #array(schema: SchemaObject, place: Place): FlatType {
    const { prefixItems, items = true } = schema;
    const inner = (index: string) => ({ name: `${place.name}Item`, path: [...place.path, index] });
    if (!Array.isArray(prefixItems)) return { items: this.#flat(items as JsonSchema, inner('*')) };
    const before = this.#found.length;
    const rest = items === false || items === true ? [] : [items];
    const members = [...prefixItems, ...rest].map((item, index) => this.#flat(item as JsonSchema, inner(`${index}`)));
    const [first] = distinct(members);
    if (first !== undefined && distinct(members).length === 1 && items !== true) return { items: first };
    this.#found.length = before;
    return { items: this.#warn(place, 'a list whose positions have different types') };
  }

  #object(schema: SchemaObject, place: Place, isTop: boolean): FlatType {
    const { properties, additionalProperties, patternProperties } = schema;
    const described = Object.entries(isObject(properties) ? properties : {});
    const others = [...Object.values(isObject(patternProperties) ? patternProperties : {})];
    if (isObject(additionalProperties)) others.push(additionalProperties);
    if (described.length === 0 && (!isTop || others.length > 0)) return this.#map(others, additionalProperties, place);
    if (others.length > 0) this.#warn(place, 'properties beside the described ones have any type');
    if ([schema.then, schema.else].some((part) => isObject(part) && isObject(part.properties))) {
      this.#warn(place, 'properties that only `then` or `else` describes have no field');
    }
    const name = this.#nameOf(place, isTop);
    const at = this.#found.length;
    const required = new Set(texts(schema.required));
    const fields = described.map(([wire, property]) =>
      this.#field(wire, property as JsonSchema, required, { ...place, name }),
    );
    this.#found.splice(at, 0, { kind: 'object', fields, ...this.#named(name, schema) });
    return { ref: name };
  }

  #field(wire: string, schema: JsonSchema, required: ReadonlySet<string>, { name, path }: Place): Field {
    const inner = { name: `${name}${pascalCase(wire) || 'Value'}`, path: [...path, wire] };
    const { description, deprecated } = isObject(schema) ? schema : {};
    return {
      wire,
      type: this.#flat(schema, inner),
      required: required.has(wire),
      deprecated: deprecated === true,
      ...(typeof description === 'string' ? { description } : {}),
    };
  }

  #map(others: readonly JsonValue[], additional: JsonValue | undefined, place: Place): FlatType {
    const [only] = others;
    if (only === undefined) return { values: {} };
    if (others.length > 1 || (!isObject(additional) && additional !== false)) {
      return { values: this.#warn(place, 'properties of different types') };
    }
    return { values: this.#flat(only as JsonSchema, { name: `${place.name}Value`, path: [...place.path, '*'] }) };
  }
}
