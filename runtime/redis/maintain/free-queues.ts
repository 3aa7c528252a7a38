import type { Logger } from '../../logger.js';
import type { Link } from '../connection/link.js';
import { readParkedNames } from '../statistics/parked-sets.js';
import type { GroupKeys, Keys } from '../store/keys.js';
import { freeQueuesScript } from './free-queues.lua.js';

/** Maximum number of deliveries that one script call examines: limits its duration. */
const freeStep = 500;

export interface FreeQueuesOptions {
  readonly connection: Link;
  readonly keys: Keys;
  readonly group: GroupKeys;
  readonly logger: Logger;
  /** Whether a dead letter of the handler stays the head of its key queue; undefined if this process does not have the handler. */
  readonly deadLetterHolds: (handler: string) => boolean | undefined;
}

/**
 * Frees key queues whose head has ended without leaving, so that the next deliveries run.
 * @param signal Ends it after the current step.
 */
export async function freeQueues(
  { connection, keys, group, logger, deadLetterHolds }: FreeQueuesOptions,
  signal: AbortSignal,
): Promise<void> {
  const { heads, waiting, scheduledRetries: retries, dead, completedHandlers, handlers, due, inherited } = group;
  if ((await connection.tryOnce((redis) => redis.exists(heads))) === 0) return;
  const names = await connection.tryOnce((redis) => redis.hkeys(handlers));
  const parked = await readParkedNames(connection, group);
  let cursor = '0';
  let freed = 0;
  let isDone = false;
  do {
    const call = freeQueuesScript.call({
      heads,
      waiting,
      retries,
      dead,
      completedHandlers,
      handlers,
      stream: keys.events,
      replay: keys.replay,
      log: keys.log,
      inherited,
      group: group.name,
      cursor,
      limit: freeStep,
      named: names.map((handler) => ({
        due: due(handler),
        handler,
        holds: deadLetterHolds(handler) === false ? 0 : 1,
      })),
      parked: parked.map(({ name, handler }) => ({ set: due(name), handler })),
    });
    const [next, isLast, step] = await connection.tryOnce(call);
    cursor = next;
    isDone = isLast === 1;
    freed += step;
  } while (!isDone && !signal.aborted);
  if (freed === 0) return;
  logger.warn({ group: group.name, freed }, 'key queues were freed: their heads had ended without leaving them');
}
