import type { Link } from './link.js';
import { rangeScript } from './range.lua.js';
import { readBudgetBytes } from './read-size.js';

/** An entry of a stream: its id, and its fields and values alternately. */
export type StreamEntry = readonly [id: string, fields: readonly string[]];

export interface Range {
  /** First id of the range, in the syntax of XRANGE; with `newestFirst`, the last id. */
  readonly from: string;
  readonly to: string;
  /** Maximum number of entries. */
  readonly limit: number;
  /** Default false: the oldest first. */
  readonly newestFirst?: boolean;
}

/** Reads the next part of a range, up to about 1 MiB, in one call without retry. `done` is true if no entries follow. */
export async function readPart(
  connection: Link,
  stream: string,
  { from, to, limit, newestFirst = false }: Range,
): Promise<{ readonly entries: readonly StreamEntry[]; readonly done: boolean }> {
  const command = newestFirst ? 'XREVRANGE' : 'XRANGE';
  const call = rangeScript.call({ stream, start: from, stop: to, limit, maxBytes: readBudgetBytes, command });
  const [entries, done] = await connection.tryOnce(call);
  return { entries, done: done === 1 };
}

/** Reads a range up to its limit, in calls of limited size, which neither block other calls nor time out on a slow connection. */
export async function readRange(connection: Link, stream: string, range: Range): Promise<readonly StreamEntry[]> {
  const found: StreamEntry[] = [];
  let { from } = range;
  while (found.length < range.limit) {
    const part = { ...range, from, limit: range.limit - found.length };
    const { entries, done } = await connection.ask(() => readPart(connection, stream, part));
    for (const entry of entries) found.push(entry);
    const last = entries.at(-1);
    if (done || last === undefined) break;
    from = `(${last[0]}`;
  }
  return found;
}
