import type { JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchemaObject, referredName } from '../model/json-schema.js';
import { holdsInModel, isAnnotation } from '../model/keywords.js';
import { canonical, type Definitions } from '../model/shape.js';

/**
 * Whether two schemas have the same text after following references, apart from annotations. Schemas that refer to
 * themselves are the same if no difference is found.
 */
export function isSameSchema(a: JsonSchema, b: JsonSchema, definitions: Definitions): boolean {
  return new Sameness(definitions).schemas(a, b);
}

/** Whether two values of one keyword are the same. */
export function isSameKeyword(
  keyword: string,
  a: JsonValue | undefined,
  b: JsonValue | undefined,
  definitions: Definitions,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  return new Sameness(definitions).values(keyword, a, b);
}

class Sameness {
  readonly #definitions: Definitions;
  readonly #assumed = new Set<string>();

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  schemas(a: JsonValue, b: JsonValue): boolean {
    if (a === b) return true;
    if (!isSchemaObject(a) || !isSchemaObject(b)) return false;
    const keys = keywordsOf(a);
    return (
      keys.length === keywordsOf(b).length &&
      keys.every((key) => b[key] !== undefined && this.values(key, a[key] as JsonValue, b[key] as JsonValue))
    );
  }

  values(keyword: string, a: JsonValue, b: JsonValue): boolean {
    if (keyword === '$ref') return this.#references(String(a), String(b));
    if (holdsInModel(keyword) === 'schema') return this.schemas(a, b);
    const isList = holdsInModel(keyword) === 'list';
    if (isList || holdsInModel(keyword) === 'map') {
      if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
      const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
      return (
        left.size === right.size &&
        [...left].every(([name, inner]) => right.has(name) && this.schemas(inner, right.get(name) as JsonValue))
      );
    }
    if (keyword === 'required' && Array.isArray(a) && Array.isArray(b))
      return canonical([...a].sort()) === canonical([...b].sort());
    return canonical(a) === canonical(b);
  }

  #references(a: string, b: string): boolean {
    const pair = `${a} ${b}`;
    if (a === b || this.#assumed.has(pair)) return true;
    this.#assumed.add(pair);
    const left = this.#definitions.get(referredName(a));
    const right = this.#definitions.get(referredName(b));
    return left !== undefined && right !== undefined && this.schemas(left, right);
  }
}

function keywordsOf(schema: Exclude<JsonSchema, boolean>): string[] {
  return Object.keys(schema).filter((keyword) => !isAnnotation(keyword));
}
