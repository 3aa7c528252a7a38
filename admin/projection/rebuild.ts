import type { EventOperator } from '@hyvve-events/runtime';
import { openDatabase } from '../database/database.js';
import { adminDefaults, type DatabaseTarget } from '../options.js';
import { forgetAll } from './apply.js';
import { Follower } from './indexer.js';

const tellEveryMs = 1_000;

/**
 * Fills the index from the streams again. A service on the same PostgreSQL may go on: its searches find less meanwhile.
 * @param tell Told how far it is.
 * @throws Error what keeps it from that
 */
export async function rebuild(
  operator: EventOperator,
  target: DatabaseTarget = { folder: adminDefaults.dataFolder },
  tell: (line: string) => void = () => undefined,
): Promise<void> {
  // Both are looked at before anything is emptied.
  const { events, log } = await operator.feed.ends();
  const database = await openDatabase(target, (error) => tell(`a database connection broke: ${error.message}`));
  const quiet = { info: () => undefined, warn: (_fields: object, message: string) => tell(message) };
  const follower = new Follower({ operator, open: async () => database, logger: quiet });
  const started = performance.now();
  try {
    await forgetAll(database.db);
    tell(`reading ${events.length} events and ${log.length} lines of the log`);
    follower.start();
    for (let done = false; !done; ) {
      done = await follower.caughtUp(tellEveryMs);
      const { indexed, error } = follower.status;
      if (error !== undefined) throw new Error(`the index could not be filled: ${error}`);
      tell(`${indexed} indexed`);
    }
    tell(`done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  } finally {
    await follower.close();
  }
}
