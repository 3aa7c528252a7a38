import { sql } from 'drizzle-orm';
import type { Db } from '../database/database.js';
import { deadLetters, deliveries, events, logLines } from '../database/tables.js';

/**
 * Has the database look at what is in its tables. An embedded one never does by itself, PostgreSQL's own a minute after an
 * index was filled: without it, events of a status are searched by joining both tables whole.
 */
export async function gatherTableStatistics(db: Db): Promise<void> {
  // Grouping dead letters reads an index alone, where the table was vacuumed.
  await db.execute(sql`VACUUM (ANALYZE) ${deadLetters}`);
  await db.execute(sql`ANALYZE ${events}, ${deliveries}, ${logLines}`);
}
