import { randomBytes, randomFillSync } from 'node:crypto';
import { isCuid2 } from '../support/cuid2.js';

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
/** 36 × 7: larger bytes are skipped, so that all characters are equally likely. */
const fairBytes = 252;
const timeLength = 8;
const randomLength = 15;

const pool = Buffer.alloc(8192);
let poolAt = pool.length;

/** One random base-36 character. Random bytes are generated 8 KiB at a time: one call per byte would dominate the cost. */
function randomCharacter(): string {
  for (;;) {
    if (poolAt === pool.length) {
      randomFillSync(pool);
      poolAt = 0;
    }
    const byte = pool[poolAt] ?? fairBytes;
    poolAt += 1;
    if (byte < fairBytes) return alphabet[byte % 36] ?? '0';
  }
}

/**
 * A new event id in the format of cuid2: a letter and 23 characters `0-9a-z`. The letter is followed by eight characters of
 * the time and fifteen random ones (77 bits), so that ids sort by time and an event can be found in the stream by its id.
 * @param nowMs Milliseconds since 1970.
 */
export function createEventId(nowMs: number): string {
  let id = `e${Math.floor(nowMs).toString(36).padStart(timeLength, '0')}`;
  for (let i = 0; i < randomLength; i += 1) id += randomCharacter();
  return id;
}

/** Whether `id` has the format of cuid2: a letter, then up to 31 characters `0-9a-z`. */
export function isEventId(id: unknown): id is string {
  return typeof id === 'string' && isCuid2(id);
}

const earliest = Date.UTC(2020, 0, 1);
/** The largest time that eight characters can represent. */
const latest = Date.UTC(2059, 0, 1);

/** When {@link createEventId} created the id, in milliseconds since 1970. Undefined for any other id. */
export function eventIdTime(id: string): number | undefined {
  if (!/^e[0-9a-z]{23}$/.test(id)) return undefined;
  const time = Number.parseInt(id.slice(1, 1 + timeLength), 36);
  return time >= earliest && time < latest ? time : undefined;
}

/** Twelve random hexadecimal characters, for names that must be unique. */
export function randomName(): string {
  return randomBytes(6).toString('hex');
}
