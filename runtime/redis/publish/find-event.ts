import { EventBusError } from '../../errors.js';
import { eventIdTime } from '../../event/ids.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { Keys } from '../store/keys.js';
import { parseObject } from '../store/scheduled-retry.js';
import { findEventScript } from './find-event.lua.js';

/** What the making of an id and its entry's time may differ by at most beside longer delays, in milliseconds. */
const slackMs = 5_000;
/** Usual time from the making of an id to its entry at most: no publish deadline is much longer. */
const usualDelayMs = 60_000;
/** Entries and bytes that one call reads: a longer script would hold up other commands. */
const stepEntries = 2_000;
const stepBytes = 4 * 1024 * 1024;

/** An entry of the event stream. */
export interface FoundEntry {
  readonly streamId: string;
  /** Undefined where it has no envelope. */
  readonly json: string | undefined;
}

/**
 * Finds an event by its id, whoever wrote it and however: with other spacing, under an id of another kind, or long after
 * the id was made. Where the id contains the time when it was made, that part of the stream is searched first; then all of it, the
 * newest first.
 * @param searchMs How long to search at most.
 * @throws EventBusError `NOT_FOUND`: there is none, or none as far as the search got, which the message says
 */
export async function findEvent(
  connection: RedisConnection,
  keys: Keys,
  id: string,
  searchMs: number,
): Promise<FoundEntry> {
  const search = new Search(connection, keys, id, performance.now() + searchMs);
  const madeAt = eventIdTime(id);
  if (madeAt !== undefined) {
    const found = await search.run('XRANGE', String(madeAt - slackMs), String(madeAt + usualDelayMs));
    if (found !== undefined) return found;
  }
  const found = await search.run('XREVRANGE', '+', '-');
  if (found !== undefined) return found;
  if (search.isComplete) {
    throw new EventBusError('NOT_FOUND', `event ${id} is not in the stream: no such id, or it is past its retention`);
  }
  const back = new Date(Number(search.last.split('-')[0])).toISOString();
  const what = `event ${id} is not among the ${search.seen} newest entries of the stream, back to ${back}`;
  const why = `older ones were not searched within searchMs (${searchMs}): give its stream id, or allow more time`;
  throw new EventBusError('NOT_FOUND', `${what}; ${why}`);
}

/** One search, in parts of a stream one after the other. */
class Search {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #id: string;
  readonly #word: string;
  readonly #end: number;
  /** Of the last part: whether it was searched to its end, where it ended, and how many entries were read. */
  isComplete = false;
  last = '0-0';
  seen = 0;

  constructor(connection: RedisConnection, keys: Keys, id: string, end: number) {
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

/** The longest part of an id that every JSON writes as it is: others may be escaped in several ways. */
function wordOf(id: string): string {
  const parts = id.match(/[\w.:~-]+/g) ?? [''];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}
