import { readBudgetBytes } from './read-size.js';
import type { RedisConnection } from './redis-connection.js';
import { defineReadScript } from './script.js';

/** An entry of a stream: its id, and its fields and values in turn. */
export type StreamEntry = readonly [id: string, fields: readonly string[]];

export interface Range {
  /** First id, as XRANGE takes it. With `newestFirst`: the last. */
  readonly from: string;
  readonly to: string;
  /** Most entries. */
  readonly limit: number;
  /** Default false: the oldest first. */
  readonly newestFirst?: boolean;
}

/**
 * Reads a part of a stream up to a number of entries and of bytes, whichever is reached first; at least one entry.
 *
 * KEYS  stream;  ARGV  from, to, most entries, most bytes, XRANGE or XREVRANGE
 * Gives {entries, 1 where there are no more}.
 */
const rangeScript = defineReadScript(
  'range',
  `
local from, left, room, taken, step = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), {}, 8
while left > 0 and room > 0 do
  local count = math.min(left, step)
  local page = redis.call(ARGV[5], KEYS[1], from, ARGV[2], 'COUNT', count)
  for _, entry in ipairs(page) do
    for _, value in ipairs(entry[2]) do room = room - #value end
    taken[#taken + 1] = entry
    left = left - 1
    if room <= 0 then break end
  end
  if room > 0 and #page < count then return { taken, 1 } end
  if #taken > 0 then from = '(' .. taken[#taken][1] end
  step = math.min(128, step * 2)
end
return { taken, 0 }
`,
);

/** Reads the next part of a range: about a MiB at most. `done` where nothing follows. Makes one call, once. */
export async function readPart(
  connection: RedisConnection,
  stream: string,
  { from, to, limit, newestFirst = false }: Range,
): Promise<{ readonly entries: readonly StreamEntry[]; readonly done: boolean }> {
  const args = [from, to, limit, readBudgetBytes, newestFirst ? 'XREVRANGE' : 'XRANGE'];
  const [entries, done] = (await connection.run(rangeScript, [stream], args)) as [StreamEntry[], number];
  return { entries, done: done === 1 };
}

/** Reads a range up to its limit, in as many calls as its bytes need: none holds others up, or breaks on a slow connection. */
export async function readRange(
  connection: RedisConnection,
  stream: string,
  range: Range,
): Promise<readonly StreamEntry[]> {
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
