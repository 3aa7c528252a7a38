import { sql } from 'drizzle-orm';
import type { Db } from '../database/database.js';
import { deadLetters, deliveries, events, logLines } from '../database/tables.js';

/**
 * Updates the table statistics of the query planner. The embedded database never does this by itself, PostgreSQL only a minute
 * after the index was filled. Without them, a search by status joins two whole tables.
 */
export async function gatherTableStatistics(db: Db): Promise<void> {
  // After a vacuum, dead letters are grouped by an index-only scan.
  await db.execute(sql`VACUUM (ANALYZE) ${deadLetters}`);
  await db.execute(sql`ANALYZE ${events}, ${deliveries}, ${logLines}`);
}
