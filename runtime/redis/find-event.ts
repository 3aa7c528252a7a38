import { eventIdTime } from '../ids.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import { readPart } from './read-range.js';

/** What the minting of an id and its entry's time may differ by beside the publish deadline, in milliseconds. */
const slackMs = 5_000;
const pageSize = 500;

/**
 * The stream id of an event by its id. The id tells when it was minted, so that only that part of the stream is read:
 * from there to the publish deadline. Undefined when it is not there, or the id is not one of ours.
 * @throws What ioredis throws when the connection is lost.
 */
export async function findEvent(link: Link, keys: Keys, id: string, deadlineMs: number): Promise<string | undefined> {
  const mintedAt = eventIdTime(id);
  if (mintedAt === undefined) return undefined;
  const mark = `"id":"${id}"`;
  let from = String(mintedAt - slackMs);
  const to = String(mintedAt + deadlineMs + slackMs);
  for (;;) {
    const { entries, done } = await readPart(link, keys.events, { from, to, limit: pageSize });
    for (const [streamId, fields] of entries) if (fields[1]?.includes(mark)) return streamId;
    const last = entries.at(-1);
    if (last === undefined || done) return undefined;
    from = `(${last[0]}`;
  }
}
