import { types } from 'node:util';
import type { Violation } from '../errors.js';
import { jsonPath } from '../event/violations.js';
import { messageOf } from '../support/failure.js';

/** Maximum nesting depth of data: similar to the limits of Redis's Lua and of JSON parsers in other languages. */
const maxDepth = 1_000;
/** Maximum number of problems that are reported; reading stops there. */
const maxProblems = 20;

/** Result of converting data to JSON data. */
export type JsonData =
  | { readonly kind: 'data'; readonly data: unknown }
  /** Values that JSON cannot represent, or would change. */
  | { readonly kind: 'problems'; readonly problems: readonly Violation[]; readonly cause: unknown }
  | { readonly kind: 'too-large' };

/**
 * Copies data in the form in which JSON writes it. Each property is read once, so that the validated data is the written
 * data, with any getters, proxies, prototypes and `toJSON` methods. Undefined properties are omitted, as in JSON; every other
 * value that JSON omits or changes (`NaN`, functions, undefined in an array, a `Map`) is a problem with its path. Never throws.
 * @param maxBytes Reading stops as soon as the JSON is certain to be longer.
 */
export function jsonDataOf(data: unknown, maxBytes: number): JsonData {
  const copying: Copying = { left: maxBytes, problems: undefined };
  try {
    const copy = copyOf(data, '', 0, copying);
    if (copy === undefined && copying.problems === undefined) addProblem(copying, 'undefined');
    if (copying.problems === undefined) return { kind: 'data', data: copy };
  } catch (thrown) {
    if (thrown === tooLarge) return { kind: 'too-large' };
    const cause = thrown === tooDeep ? circularity(data) : thrown;
    const why = cause === undefined ? `it is nested deeper than ${maxDepth} levels` : messageOf(cause);
    return { kind: 'problems', problems: [{ path: '$', message: `cannot be written as JSON: ${why}` }], cause };
  }
  const problems = (copying.problems ?? []).map(({ keys, message }) => ({
    path: jsonPath(keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')),
    message,
  }));
  return { kind: 'problems', problems, cause: undefined };
}

interface Problem {
  /** From the root to the value; filled in from the value upwards. */
  readonly keys: string[];
  readonly message: string;
}

interface Copying {
  /** Remaining bytes: the limit minus a lower bound of the bytes that will be written. */
  left: number;
  problems: Problem[] | undefined;
}

const tooLarge = Symbol('too large');
const tooDeep = Symbol('too deep');
const nameOfKind = { bigint: 'a BigInt', symbol: 'a symbol', function: 'a function' } as const;

/** A copy of a value; undefined if JSON omits it. */
function copyOf(value: unknown, key: string, depth: number, copying: Copying): unknown {
  switch (typeof value) {
    case 'string':
      copying.left -= value.length;
      if (copying.left < 0) throw tooLarge;
      return value;
    case 'number':
      if (!Number.isFinite(value)) return addProblem(copying, String(value));
      copying.left -= 1;
      return value;
    case 'object':
      return value === null ? null : copyObject(value, key, depth, copying, true);
    case 'boolean':
    case 'undefined':
      return value;
    default: {
      const own: unknown = typeof value === 'bigint' ? (value as { toJSON?: unknown }).toJSON : undefined;
      if (typeof own === 'function') return copyOf(own.call(value, key), key, depth, copying);
      return addProblem(copying, nameOfKind[typeof value as keyof typeof nameOfKind]);
    }
  }
}

function copyObject(value: object, key: string, depth: number, copying: Copying, converts: boolean): unknown {
  copying.left -= 2;
  if (copying.left < 0) throw tooLarge;
  if (depth > maxDepth) throw tooDeep;
  if (converts) {
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const converted: unknown = toJSON.call(value, key);
      // As in JSON, `toJSON` of the result is not called.
      if (typeof converted !== 'object' || converted === null) return copyOf(converted, key, depth + 1, copying);
      return copyObject(converted, key, depth + 1, copying, false);
    }
  }
  if (Array.isArray(value)) return copyArray(value, depth, copying);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (types.isBoxedPrimitive(value)) return copyOf(value.valueOf(), key, depth + 1, copying);
    const name = nameWithoutJson(value);
    if (name !== undefined) return addProblem(copying, name);
  }
  return copyProperties(value as Readonly<Record<string, unknown>>, depth, copying);
}

function copyArray(values: readonly unknown[], depth: number, copying: Copying): unknown[] {
  const { length } = values;
  // One comma for each item.
  copying.left -= length;
  if (copying.left < 0) throw tooLarge;
  const copy: unknown[] = [];
  for (let index = 0; index < length; index += 1) {
    const before = copying.problems?.length ?? 0;
    const item = copyOf(values[index], String(index), depth + 1, copying);
    if (item === undefined && (copying.problems?.length ?? 0) === before) addProblem(copying, 'undefined');
    if (copying.problems !== undefined && placeProblems(copying.problems, before, String(index))) break;
    copy.push(item);
  }
  return copy;
}

function copyProperties(values: Readonly<Record<string, unknown>>, depth: number, copying: Copying): object {
  // Reads each property once. A clone keeps the hidden class of its source, which JSON.stringify handles faster.
  const copy: Record<string, unknown> = { ...values };
  let isComplete = true;
  for (const key of Object.keys(copy)) {
    const value = copy[key];
    copying.left -= key.length + 3;
    if (typeof value === 'string') {
      copying.left -= value.length;
      if (copying.left < 0) throw tooLarge;
      continue;
    }
    const before = copying.problems?.length ?? 0;
    const item = copyOf(value, key, depth + 1, copying);
    if (copying.problems !== undefined && placeProblems(copying.problems, before, key)) break;
    if (item === undefined) {
      copying.left += key.length + 3;
      isComplete = false;
    } else if (item !== value) {
      copy[key] = item;
    }
  }
  return isComplete ? copy : Object.fromEntries(Object.entries(copy).filter(([, item]) => item !== undefined));
}

function addProblem(copying: Copying, what: string): undefined {
  copying.problems ??= [];
  copying.problems.push({ keys: [], message: `cannot be written as JSON: ${what} has no JSON representation` });
  return undefined;
}

/** Adds `key` to the paths of the problems from index `from` on. True when the maximum number of problems is reached. */
function placeProblems(problems: readonly Problem[], from: number, key: string): boolean {
  for (let index = from; index < problems.length; index += 1) problems[index]?.keys.unshift(key);
  return problems.length >= maxProblems;
}

/** The kind of an object that JSON would write as an empty object or in a misleading form; undefined for other objects. */
function nameWithoutJson(value: object): string | undefined {
  if (types.isMap(value)) return 'a Map';
  if (types.isSet(value)) return 'a Set';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'a weak collection';
  if (types.isPromise(value)) return 'a Promise';
  if (types.isRegExp(value)) return 'a RegExp';
  if (types.isAnyArrayBuffer(value) || types.isArrayBufferView(value)) return 'binary data';
  return types.isNativeError(value) ? 'an Error' : undefined;
}

/** The error of `JSON.stringify` for circular data; undefined if the data is not circular. */
function circularity(data: unknown): unknown {
  try {
    JSON.stringify(data);
    return undefined;
  } catch (thrown) {
    return thrown instanceof TypeError ? thrown : undefined;
  }
}
