/**
 * A type in the small part of JSON Schema that modelina reads without loss: a reference, an array, a map, a scalar, a choice, or
 * anything (`{}`). All other types have names.
 */
export interface FlatType {
  readonly ref?: string;
  readonly items?: FlatType;
  /** Values of a map. */
  readonly values?: FlatType;
  readonly scalar?: Scalar;
  /** The only text that is allowed. */
  readonly text?: string;
  /** Types whose values differ in JSON: text or number. */
  readonly choice?: readonly FlatType[];
  /** Whether `null` is allowed too. Default: false. */
  readonly nullable?: boolean;
}

/** `bigInteger`: an integer whose bounds exceed 64 bits. */
export type Scalar = 'string' | 'integer' | 'bigInteger' | 'number' | 'boolean';

/** One property of an object. */
export interface Field {
  /** The name in JSON. */
  readonly wire: string;
  readonly type: FlatType;
  readonly required: boolean;
  readonly description?: string;
  readonly deprecated: boolean;
}

interface Named {
  /** The TypeScript SDK's name, or that of its owner with the path. */
  readonly name: string;
  /** Absent for types that several domains use. */
  readonly domain?: string;
  readonly description?: string;
  readonly deprecated: boolean;
}

/** An object with properties. Properties that it does not describe are kept. */
export interface ObjectType extends Named {
  readonly kind: 'object';
  readonly fields: readonly Field[];
}

/** Texts that are known; newer texts are kept. */
export interface EnumType extends Named {
  readonly kind: 'enum';
  readonly values: readonly string[];
}

/** One of several types. Values of none of them are kept. */
export interface UnionType extends Named {
  readonly kind: 'union';
  readonly members: readonly FlatType[];
}

/** A name for a list, a map, a scalar or another type. */
export interface AliasType extends Named {
  readonly kind: 'alias';
  readonly type: FlatType;
}

/** A type with a name. */
export type NamedType = ObjectType | EnumType | UnionType | AliasType;
