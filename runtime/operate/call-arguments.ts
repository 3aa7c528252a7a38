import { isStreamId } from '../event/stream-id.js';
import { type Check, checkValue, type OptionTable, resolveOptions, wholeNumber } from '../options.js';
import { isWellFormed } from '../support/text.js';

/** One argument of a call: what messages name it by, and what it may be, or what fields it has. */
export type Argument = {
  readonly name: string;
  /** It may be left out. */
  readonly optional?: true;
} & ({ readonly check: Check } | { readonly fields: OptionTable<object> });

/** The arguments of every method of `Part`, in their order: the compiler refuses a table that lacks a method. */
export type CallTable<Part> = {
  readonly [Name in keyof Part as Part[Name] extends (...args: never) => unknown ? Name : never]: readonly Argument[];
};

/**
 * Has each method of an object that users hold check what it is given, before anything is done: a wrong argument rejects
 * with `CONFIG_INVALID`, naming the call, the argument and what it may be. An object's fields are read once.
 * The methods work also when they are taken out of the object: `const { list } = operator.deadLetters`.
 * @param caller What messages name the object by: `deadLetters`.
 */
export function checkCalls<Part extends object>(
  caller: string,
  part: Part,
  table: Readonly<Record<string, readonly Argument[]>>,
): Part {
  for (const [name, args] of Object.entries(table)) {
    const method: unknown = Reflect.get(part, name);
    if (typeof method !== 'function') continue;
    const checked = async (...given: readonly unknown[]): Promise<unknown> =>
      method.apply(
        part,
        args.map((argument, index) => checkedArgument(`${caller}.${name}`, argument, given[index])),
      );
    // As a method of a class is: not enumerable, and a test can put a spy in its place.
    Object.defineProperty(part, name, { value: checked, writable: true, configurable: true });
  }
  return part;
}

function checkedArgument(caller: string, argument: Argument, value: unknown): unknown {
  if (value === undefined && argument.optional === true) return undefined;
  if ('fields' in argument) return resolveOptions(`${caller}: ${argument.name}`, argument.fields, value as object);
  checkValue(caller, argument.name, argument.check, value);
  return value;
}

/** Which part of a list to return. */
export interface PageQuery {
  /** Maximum number of items on the page. Default: 50. */
  readonly limit?: number;
  /** The `cursor` of the page before. Default: the first page. */
  readonly cursor?: string;
}

/** Maximum number of items. */
export const pageLimit: Check = wholeNumber(1);

/** The argument of a call that returns a page. @param cursor What a cursor may be. */
export function pageQuery(cursor: Check): Argument {
  const fields: OptionTable<PageQuery> = { limit: { check: pageLimit }, cursor: { check: cursor } };
  return { name: 'query', optional: true, fields };
}

/** An id that something is looked up by: where it is not of the right form, there is none of that id. */
export const anyId: Check = {
  expected: 'a string of whole characters',
  holds: (value) => typeof value === 'string' && isWellFormed(value),
};

/** The id of a stream's entry. */
export const streamId: Check = {
  expected: 'the id of an entry, such as 1700000000000-0',
  holds: (value) => typeof value === 'string' && isStreamId(value),
};
