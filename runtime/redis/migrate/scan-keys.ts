import type { Link } from '../connection/link.js';

/** Number of keys of one page, approximately. */
const pageSize = 1_000;

/** The keys that begin with a text, page by page. A key may be in several pages. */
export async function* scanKeys(link: Link, start: string): AsyncGenerator<readonly string[]> {
  const pattern = `${start.replace(/[\\*?[\]^]/g, '\\$&')}*`;
  let cursor = '0';
  do {
    const from = cursor;
    const [next, keys] = await link.ask((redis) => redis.scan(from, 'MATCH', pattern, 'COUNT', pageSize));
    cursor = next;
    yield keys;
  } while (cursor !== '0');
}
