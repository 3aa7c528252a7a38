import { parsePosition } from '../event/position.js';
import { type Check, checkValue, type OptionTable, resolveOptions, wholeNumber } from '../options.js';
import { isWellFormed } from '../support/text.js';

/** One argument of a call: its name in messages, and its check or the checks of its fields. */
export type Argument = {
  readonly name: string;
  /** It may be left out. */
  readonly optional?: true;
} & ({ readonly check: Check } | { readonly fields: OptionTable<object> });

/** The arguments of every method of `Part`, in their order. A table without one of the methods does not compile. */
export type CallTable<Part> = {
  readonly [Name in keyof Part as Part[Name] extends (...args: never) => unknown ? Name : never]: readonly Argument[];
};

/**
 * Makes each method of a public object check its arguments first: an invalid argument rejects with `CONFIG_INVALID`,
 * naming the call, the argument and the allowed values. The fields of an object are read once.
 * The methods also work when they are destructured: `const { list } = operator.deadLetters`.
 * @param caller The object's name in messages: `deadLetters`.
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
    // Like a method of a class: not enumerable, and a test can replace it with a spy.
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

/** Selects a page of a list. */
export interface PageQuery {
  /** Maximum number of items on the page. Default: 50. */
  readonly limit?: number;
  /** The `cursor` of the previous page. Default: the first page. */
  readonly cursor?: string;
}

/** Maximum number of items. */
export const pageLimit: Check = wholeNumber(1);

/** The argument of a call that returns a page. @param cursor Check of the cursor. */
export function pageQuery(cursor: Check): Argument {
  const fields: OptionTable<PageQuery> = { limit: { check: pageLimit }, cursor: { check: cursor } };
  return { name: 'query', optional: true, fields };
}

/** An id for a lookup. Its format is not checked: an id in another format is not found. */
export const anyId: Check = {
  expected: 'a string of whole characters',
  holds: (value) => typeof value === 'string' && isWellFormed(value),
};

/** The position of a stream's entry. */
export const position: Check = {
  expected: 'the id of an entry, such as 1700000000000-0, or 1700000000000-0.5 in partition 5',
  holds: (value) => typeof value === 'string' && parsePosition(value) !== undefined,
};

/** Index of a partition. */
export const partitionIndex: Check = wholeNumber(0);
