/** A value that JSON can represent. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON Schema that is an object, by keyword. */
export type SchemaObject = { readonly [keyword: string]: JsonValue };

/** A JSON Schema: an object, or `true`/`false`. */
export type JsonSchema = boolean | SchemaObject;
