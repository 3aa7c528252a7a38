import { handlersNames } from '../build/domain-names.js';
import { eventNames } from '../build/event-names.js';
import type { EventModel, EventModelEntry, JsonSchema, SchemaModel } from '../model/event-model.js';
import { mapSubschemas, referredName, refTo, subschemas } from '../model/json-schema.js';
import { canonical, type Definitions } from '../model/shape.js';
import { NameAllocator, reservedNames } from '../support/names.js';
import { compare } from '../support/values.js';
import type { FormerVersion } from './former-versions.js';

/** The names of one older version's schemas in the model, by their names in its release. */
type Adopted = ReadonlyMap<string, string>;

/**
 * Adds the schemas of older versions to a model, named `<schema>V<major>`. A schema below the payload that is exactly the same
 * in the present catalog is not added. Names depend on the order of the releases, so that a new event or a new release never
 * renames a schema that was added before.
 */
export class SchemaAdopter {
  readonly #free: NameAllocator;
  readonly #present: ReadonlyMap<string, SchemaModel>;
  readonly #definitions: Definitions;
  /** Names by wanted name and content, and by event, name in the release and content. */
  readonly #known = new Map<string, string>();
  readonly #added = new Map<string, Omit<SchemaModel, 'domain'>>();
  /** Closures by name, for each release. */
  readonly #closures = new WeakMap<Definitions, Map<string, string>>();

  constructor(model: EventModel) {
    const keys = model.events.flatMap(({ key }) => [key, ...eventNames(key)]);
    const domains = new Map(model.domains.map((domain) => [domain.name, domain]));
    const names = model.schemas.map(({ name }) => name);
    this.#free = new NameAllocator([...reservedNames, ...handlersNames(domains), ...keys, ...names]);
    this.#present = new Map(model.schemas.map((schema) => [schema.name, schema]));
    this.#definitions = new Map(model.schemas.map(({ name, schema }) => [name, schema]));
  }

  /** Adds the payload of an older version and what it refers to. @returns The name of the payload in the model. */
  adopt(
    { type, key, domain, source }: EventModelEntry,
    { major, payload: { name: root, definitions } }: FormerVersion,
  ): string {
    const names = new Map<string, string>();
    const added: { readonly name: string; readonly from: string }[] = [];
    const open = [root];
    for (let from = open.pop(); from !== undefined; from = open.pop()) {
      if (names.has(from)) continue;
      if (from !== root && this.#isPresent(from, definitions, domain)) {
        names.set(from, from);
        continue;
      }
      const wanted = from.endsWith(`V${major}`) ? from : `${from}V${major}`;
      const content = [this.#closureOf(from, definitions), this.#sharesWithin(from, definitions, domain)].join();
      // Two versions of one event share what did not change between them; two events share only equal names.
      const keys = [`${wanted} ${content}`, ...(from === root ? [] : [`${type} ${from} ${content}`])];
      let name = keys.map((each) => this.#known.get(each)).find((each) => each !== undefined);
      if (name === undefined) {
        name = this.#free.take([wanted, `${key}${wanted}`]);
        added.push({ name, from });
      }
      for (const each of keys) if (!this.#known.has(each)) this.#known.set(each, name);
      names.set(from, name);
      // In the order of their names, so that a collision always has the same result.
      open.push(...referencesIn(definitions.get(from) ?? true).sort((a, b) => compare(b, a)));
    }
    const isPresentRoot = this.#isPresent(root, definitions, domain);
    for (const { name, from } of added) {
      const schema =
        from === root && isPresentRoot ? { $ref: refTo(root) } : renamed(definitions.get(from) ?? true, names);
      const uses = [...new Set(referencesIn(schema))].sort(compare);
      this.#added.set(name, { name, uses, schema, source });
    }
    return names.get(root) ?? root;
  }

  /** The added schemas that payloads use, each with its domain. @param payloads Names of payloads, with the domain of the event. */
  schemasOf(payloads: readonly { readonly name: string; readonly domain: string }[]): SchemaModel[] {
    const users = new Map<string, Set<string>>();
    for (const { name: payload, domain } of payloads) {
      const open = [payload];
      for (let name = open.pop(); name !== undefined; name = open.pop()) {
        const schema = this.#added.get(name);
        const domains = users.get(name) ?? new Set();
        if (schema === undefined || domains.has(domain)) continue;
        users.set(name, domains.add(domain));
        open.push(...schema.uses);
      }
    }
    return [...users].flatMap(([name, [domain, ...others]]) => {
      const schema = this.#added.get(name);
      if (schema === undefined) return [];
      return [others.length > 0 || domain === undefined ? schema : { ...schema, domain }];
    });
  }

  /** Whether the catalog has the same schema, where the domain can use it. */
  #isPresent(name: string, definitions: Definitions, domain: string): boolean {
    const present = this.#present.get(name);
    if (present === undefined || (present.domain !== undefined && present.domain !== domain)) return false;
    return this.#closureOf(name, definitions) === this.#closureOf(name, this.#definitions);
  }

  /** The domain, if a schema refers to schemas of the catalog that only this domain has. */
  #sharesWithin(name: string, definitions: Definitions, domain: string): string {
    const names = closure(name, definitions).map(([each]) => each);
    const isOwn = names.some(
      (each) => this.#isPresent(each, definitions, domain) && this.#present.get(each)?.domain === domain,
    );
    return isOwn ? domain : '';
  }

  /** A schema with everything that it refers to, as text. */
  #closureOf(name: string, definitions: Definitions): string {
    const known = this.#closures.get(definitions) ?? new Map<string, string>();
    this.#closures.set(definitions, known);
    const text = known.get(name) ?? canonical(closure(name, definitions));
    known.set(name, text);
    return text;
  }
}

function closure(name: string, definitions: Definitions): (readonly [string, JsonSchema])[] {
  const found = new Map<string, JsonSchema>();
  const open = [name];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (found.has(at)) continue;
    const schema = definitions.get(at) ?? true;
    found.set(at, schema);
    open.push(...referencesIn(schema));
  }
  return [...found].sort(([a], [b]) => compare(a, b));
}

function referencesIn(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const own = typeof schema.$ref === 'string' ? [referredName(schema.$ref)] : [];
  return [...own, ...subschemas(schema).flatMap((inner) => referencesIn(inner.schema))];
}

function renamed(schema: JsonSchema, names: Adopted): JsonSchema {
  const copy = mapSubschemas(schema, (inner) => renamed(inner, names));
  if (typeof copy === 'boolean' || typeof copy.$ref !== 'string') return copy;
  const name = referredName(copy.$ref);
  return { ...copy, $ref: refTo(names.get(name) ?? name) };
}
