import { EventBusError } from '../../errors.js';
import { eventIdTime } from '../../event/ids.js';
import { parsePosition } from '../../event/position.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { fieldsOf } from '../store/keys.js';
import { parseObject } from '../store/scheduled-retry.js';
import { findEventScript } from './find-event.lua.js';

/** Tolerance for the difference between clocks, in milliseconds. */
const slackMs = 5_000;
/** Longest usual time from the creation of an id to its entry, in milliseconds: publish deadlines are rarely longer. */
const usualDelayMs = 60_000;
/** Maximum number of entries and bytes that one call reads: a longer script would delay other commands. */
const stepEntries = 2_000;
const stepBytes = 4 * 1024 * 1024;

/** An entry of the event stream. */
export interface FoundEntry {
  readonly partition: Partition;
  readonly streamId: string;
  /** The envelope's JSON; undefined if the entry has none. */
  readonly json: string | undefined;
}

/**
 * Finds an event by its id, also an event of another publisher: with other JSON spacing, an id in another format, or written
 * long after the id was created. If the id contains its time, that part of the stream is searched first; then the whole
 * stream, newest first. All partitions are searched at the same time.
 * @param searchMs Maximum duration of the search, in milliseconds.
 * @throws EventBusError `NOT_FOUND`: the event does not exist, or was not found in time; the message says how far the search
 *   got; `UNAVAILABLE`: it was not found, and a partition is away
 */
export async function findEvent(partitions: Partitions, id: string, searchMs: number): Promise<FoundEntry> {
  const found = new AbortController();
  const end = performance.now() + searchMs;
  const searches = (await partitions.all()).map((partition) =>
    partitions.within(partition, async () => {
      const search = new Search(partition, id, end, found.signal);
      return { search, entry: await search.runAll() };
    }),
  );
  // The first one that finds it: the others, which may be away, are not awaited.
  const hits = searches.map(async (result) => (await result).entry ?? Promise.reject(new Error('not here')));
  const hit = await Promise.any(hits).catch(() => undefined);
  found.abort();
  if (hit !== undefined) return hit;
  const ended = (await Promise.all(searches)).map(({ search }) => search);
  const open = ended.filter(({ isComplete }) => !isComplete);
  if (open.length === 0) {
    throw new EventBusError(
      'NOT_FOUND',
      `event ${id} is not in the stream: the id does not exist, or its retention has expired`,
    );
  }
  const back = new Date(Math.max(...open.map(({ last }) => Number(last.split('-')[0])))).toISOString();
  const seen = ended.reduce((sum, search) => sum + search.seen, 0);
  const problem = `event ${id} is not among the ${seen} newest entries of the stream, back to ${back}`;
  const why = `older ones were not searched within searchMs (${searchMs}): pass its stream id, or raise searchMs`;
  throw new EventBusError('NOT_FOUND', `${problem}; ${why}`);
}

/** Reads the entry of an event. @param position Where it is. @returns Undefined if it does not exist. */
export async function readEntryAt(partitions: Partitions, position: string): Promise<FoundEntry | undefined> {
  const { streamId, partition: index } = parsePosition(position) ?? {};
  const partition = index === undefined ? undefined : await partitions.at(index);
  if (streamId === undefined || partition === undefined) return undefined;
  const [entry] = await partitions.within(partition, ({ connection, keys }) =>
    connection.ask((redis) => redis.xrange(keys.events, streamId, streamId)),
  );
  return entry === undefined ? undefined : { partition, streamId: entry[0], json: fieldsOf(entry[1]).e };
}

/** One search in one partition, in consecutive ranges of the stream. */
class Search {
  readonly #partition: Partition;
  readonly #id: string;
  readonly #word: string;
  readonly #end: number;
  readonly #signal: AbortSignal;
  /** Of the last range: whether it was searched completely, its last entry that was read, and the number of read entries. */
  isComplete = false;
  last = '0-0';
  seen = 0;

  /** @param end When to stop, by `performance.now()`. @param signal Aborted when the event was found elsewhere. */
  constructor(partition: Partition, id: string, end: number, signal: AbortSignal) {
    this.#partition = partition;
    this.#id = id;
    this.#end = end;
    this.#signal = signal;
    this.#word = wordOf(id);
  }

  async runAll(): Promise<FoundEntry | undefined> {
    const madeAt = eventIdTime(this.#id);
    if (madeAt !== undefined) {
      const found = await this.#run('XRANGE', String(madeAt - slackMs), String(madeAt + usualDelayMs));
      if (found !== undefined) return found;
    }
    return this.#run('XREVRANGE', '+', '-');
  }

  async #run(command: 'XRANGE' | 'XREVRANGE', from: string, to: string): Promise<FoundEntry | undefined> {
    const { connection, keys } = this.#partition;
    this.isComplete = false;
    this.seen = 0;
    for (let start = from; ; ) {
      const limits = { limit: stepEntries, maxBytes: stepBytes };
      const search = { stream: keys.events, start, stop: to, word: this.#word, command, ...limits };
      const [found, last, seen, done] = await connection.ask(findEventScript.call(search));
      for (let at = 0; at + 1 < found.length; at += 2) {
        const json = found[at + 1] ?? '';
        if (parseObject(json).id === this.#id) {
          return { partition: this.#partition, streamId: found[at] ?? '', json };
        }
      }
      this.seen += seen;
      if (last !== '') this.last = last;
      if (done === 1 || last === '') {
        this.isComplete = true;
        return undefined;
      }
      if (performance.now() > this.#end || this.#signal.aborted) return undefined;
      start = `(${last}`;
    }
  }
}

/** The longest part of an id that every JSON writer leaves unescaped. */
function wordOf(id: string): string {
  const parts = id.match(/[\w.:~-]+/g) ?? [''];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
