import type { JsonSchema, JsonValue, SchemaModel } from './model.js';
import { type FreeNames, pascalCase } from './names.js';
import { fieldsOf, type Located, refOf, type Sources } from './sources.js';

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
const single = [
  'items',
  'additionalItems',
  'additionalProperties',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'propertyNames',
];
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'];
const maps = ['properties', 'patternProperties'];

/** Gathers the schemas that payloads reach: `$ref`s become names, anonymous objects are named from their path. */
export class SchemaCollector {
  readonly #sources: Sources;
  readonly #names: FreeNames;
  /** Names by place, given before a schema is looked into, since schemas may refer to themselves. */
  readonly #byPlace = new Map<string, string>();
  readonly #schemas = new Map<string, SchemaModel>();

  constructor(sources: Sources, names: FreeNames) {
    this.#sources = sources;
    this.#names = names;
  }

  /** Every schema so far, sorted by name. */
  schemas(): SchemaModel[] {
    return [...this.#schemas.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Collects a schema and gives its name. @param fallback The name of one that no `$ref` names. */
  collect(at: Located, fallback: string): string {
    const target = this.#sources.follow(at);
    const payload = fieldsOf(target.value);
    const place = `${target.path}#${target.keys.join('/')}`;
    const known = this.#byPlace.get(place);
    if (known !== undefined) return known;
    if (typeof payload.schemaFormat === 'string' && payload.schema !== undefined) {
      if (/avro|protobuf|raml/i.test(payload.schemaFormat)) {
        const message = `payloads of ${payload.schemaFormat} are not supported`;
        throw this.#sources.error('PAYLOAD_UNSUPPORTED', target, message, 'describe the payload with a JSON Schema');
      }
      const inner = this.#sources.child(target, 'schema');
      if (inner !== undefined) return this.collect(inner, fallback);
    }
    const referred = refOf(at.value) === undefined ? undefined : target.keys.at(-1);
    const name = this.#names.take(pascalCase(referred ?? fallback) || fallback);
    this.#byPlace.set(place, name);
    const uses = new Set<string>();
    const schema = this.#normalise(target, name, uses);
    const { file, line } = this.#sources.place(target);
    this.#schemas.set(name, { name, uses: [...uses].sort(), schema, source: { file, line } });
    return name;
  }

  #normalise(at: Located, path: string, uses: Set<string>): JsonSchema {
    if (typeof at.value === 'boolean') return at.value;
    const result: Record<string, JsonValue> = {};
    for (const [keyword, value] of Object.entries(fieldsOf(at.value))) {
      const here = this.#sources.child(at, keyword);
      if (here === undefined || keyword === '$schema' || keyword === '$id' || keyword === 'discriminator') continue;
      if (maps.includes(keyword)) {
        result[keyword] = Object.fromEntries(
          Object.keys(fieldsOf(value)).map((name) => {
            const inner = this.#sources.child(here, name) ?? here;
            return [name, this.#inner(inner, path + pascalCase(name), uses) as JsonValue];
          }),
        );
      } else if (lists.includes(keyword) && Array.isArray(value)) {
        result[keyword] = value.map((_, index) => {
          const inner = this.#sources.child(here, String(index)) ?? here;
          return this.#inner(inner, `${path}${pascalCase(keyword)}${index + 1}`, uses) as JsonValue;
        });
      } else if (single.includes(keyword) && typeof value === 'object') {
        const suffix = keyword === 'items' ? 'Item' : pascalCase(keyword);
        result[keyword] = this.#inner(here, path + suffix, uses) as JsonValue;
      } else {
        result[keyword] = value;
      }
    }
    if (result.nullable === true && typeof result.type === 'string') result.type = [result.type, 'null'];
    delete result.nullable;
    return result;
  }

  /** A schema within another: a name where it has one or needs one, else as it is. */
  #inner(at: Located, path: string, uses: Set<string>): JsonSchema {
    const properties = fieldsOf(at.value).properties;
    if (refOf(at.value) === undefined && properties === undefined) return this.#normalise(at, path, uses);
    const name = this.collect(at, path);
    uses.add(name);
    const { description } = fieldsOf(at.value);
    const reference = { $ref: `#/$defs/${name}` };
    return refOf(at.value) !== undefined && typeof description === 'string' ? { ...reference, description } : reference;
  }
}
