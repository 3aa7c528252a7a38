import { EventBusError } from '../../errors.js';
import { eventIdTime } from '../../event/ids.js';
import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';
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
  readonly streamId: string;
  /** The envelope's JSON; undefined if the entry has none. */
  readonly json: string | undefined;
}

/**
 * Finds an event by its id, also an event of another publisher: with other JSON spacing, an id in another format, or written
 * long after the id was created. If the id contains its time, that part of the stream is searched first; then the whole
 * stream, newest first.
 * @param searchMs Maximum duration of the search, in milliseconds.
 * @throws EventBusError `NOT_FOUND`: the event does not exist, or was not found in time; the message says how far the search got
 */
export async function findEvent(connection: Link, keys: Keys, id: string, searchMs: number): Promise<FoundEntry> {
  const search = new Search(connection, keys, id, performance.now() + searchMs);
  const madeAt = eventIdTime(id);
  if (madeAt !== undefined) {
    const found = await search.run('XRANGE', String(madeAt - slackMs), String(madeAt + usualDelayMs));
    if (found !== undefined) return found;
  }
  const found = await search.run('XREVRANGE', '+', '-');
  if (found !== undefined) return found;
  if (search.isComplete) {
    throw new EventBusError(
      'NOT_FOUND',
      `event ${id} is not in the stream: the id does not exist, or its retention has expired`,
    );
  }
  const back = new Date(Number(search.last.split('-')[0])).toISOString();
  const problem = `event ${id} is not among the ${search.seen} newest entries of the stream, back to ${back}`;
  const why = `older ones were not searched within searchMs (${searchMs}): pass its stream id, or raise searchMs`;
  throw new EventBusError('NOT_FOUND', `${problem}; ${why}`);
}

/** One search, in consecutive ranges of the stream. */
class Search {
  readonly #connection: Link;
  readonly #keys: Keys;
  readonly #id: string;
  readonly #word: string;
  readonly #end: number;
  /** Of the last range: whether it was searched completely, its last entry that was read, and the number of read entries. */
  isComplete = false;
  last = '0-0';
  seen = 0;

  constructor(connection: Link, keys: Keys, id: string, end: number) {
    this.#connection = connection;
    this.#keys = keys;
    this.#id = id;
    this.#end = end;
    this.#word = wordOf(id);
  }

  async run(command: 'XRANGE' | 'XREVRANGE', from: string, to: string): Promise<FoundEntry | undefined> {
    this.isComplete = false;
    this.seen = 0;
    for (let start = from; ; ) {
      const limits = { limit: stepEntries, maxBytes: stepBytes };
      const search = { stream: this.#keys.events, start, stop: to, word: this.#word, command, ...limits };
      const [found, last, seen, done] = await this.#connection.ask(findEventScript.call(search));
      for (let at = 0; at + 1 < found.length; at += 2) {
        const json = found[at + 1] ?? '';
        if (parseObject(json).id === this.#id) return { streamId: found[at] ?? '', json };
      }
      this.seen += seen;
      if (last !== '') this.last = last;
      if (done === 1 || last === '') {
        this.isComplete = true;
        return undefined;
      }
      if (performance.now() > this.#end) return undefined;
      start = `(${last}`;
    }
  }
}

/** The longest part of an id that every JSON writer leaves unescaped. */
function wordOf(id: string): string {
  const parts = id.match(/[\w.:~-]+/g) ?? [''];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
