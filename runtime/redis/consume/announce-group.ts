import type { Logger } from '../../logger.js';
import type { EnsuredGroup } from './lane.lua.js';

/**
 * Logs that a group is new. If it gets retained events, that is a warning: it may be unintended, and the default logger shows warnings.
 * @param created What was found in each partition in which the group was created.
 */
export function announceGroup(group: string, created: readonly EnsuredGroup[], logger: Logger): void {
  const [first] = created;
  if (first === undefined) return;
  const retained = created.reduce((sum, found) => sum + found.retained, 0);
  const fields = {
    group,
    ...(created.length === 1 ? { after: first.position } : { partitions: created.length }),
    retained: created.some(({ mayBeMore }) => mayBeMore) ? `${retained} or more` : retained,
  };
  if (retained === 0)
    logger.info(fields, 'the consumer group is new: it gets the events that are published from now on');
  else
    logger.warn(
      fields,
      "the consumer group is new: it gets the retained events first (startFrom: 'latest' skips them)",
    );
}

/** Logs that a group was created in a partition that did not know it, although others do. @param found What was found there. */
export function announceKnownGroup(group: string, partition: number, found: EnsuredGroup, logger: Logger): void {
  const { position: after, retained, mayBeMore } = found;
  const fields = { group, partition, after, retained: mayBeMore ? `${retained} or more` : retained };
  const message =
    'other partitions know the consumer group, and this one did not: it gets the events since the group exists, which may have been handled';
  logger[retained === 0 ? 'info' : 'warn'](fields, message);
}
