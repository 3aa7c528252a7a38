import type { EventOperator } from '@hyvve-events/runtime';
import { openDatabase } from '../database/database.js';
import { adminDefaults, type DatabaseTarget } from '../options.js';
import { clearIndex } from './apply.js';
import { Indexer } from './indexer.js';

const reportEveryMs = 1_000;

/**
 * Empties the index and fills it from the streams. A service on the same PostgreSQL can continue; until the end, its searches
 * find fewer results.
 * @param report Called with lines about the progress.
 * @throws Error if Redis or the database is not available
 */
export async function rebuild(
  operator: EventOperator,
  target: DatabaseTarget = { folder: adminDefaults.dataFolder },
  report: (line: string) => void = () => undefined,
): Promise<void> {
  // Both must answer before anything is deleted.
  const { events, log } = await operator.feed.ends();
  const database = await openDatabase(target, (error) => report(`a database connection broke: ${error.message}`));
  const quiet = { info: () => undefined, warn: (_fields: object, message: string) => report(message) };
  const indexer = new Indexer({ operator, open: async () => database, logger: quiet });
  const started = performance.now();
  try {
    await clearIndex(database.db);
    report(`reading ${events.length} events and ${log.length} log entries`);
    indexer.start();
    for (let done = false; !done; ) {
      done = await indexer.caughtUp(reportEveryMs);
      const { indexed, error } = indexer.status;
      if (error !== undefined) throw new Error(`the index could not be filled: ${error}`);
      report(`${indexed} indexed`);
    }
    report(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  } finally {
    await indexer.close();
  }
}
