import type { EventOperator } from '@hyvve-events/runtime';
import { openDatabase } from '../database/database.js';
import { adminDefaults, type DatabaseTarget } from '../options.js';
import { clearIndex } from './apply.js';
import { Indexer } from './indexer.js';

const tellEveryMs = 1_000;

/**
 * Fills the index from the streams again. A service on the same PostgreSQL may go on: its searches find less meanwhile.
 * @param report Called with the progress.
 * @throws Error what keeps it from that
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
    report(`reading ${events.length} events and ${log.length} lines of the log`);
    indexer.start();
    for (let done = false; !done; ) {
      done = await indexer.caughtUp(tellEveryMs);
      const { indexed, error } = indexer.status;
      if (error !== undefined) throw new Error(`the index could not be filled: ${error}`);
      report(`${indexed} indexed`);
    }
    report(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  } finally {
    await indexer.close();
  }
}
