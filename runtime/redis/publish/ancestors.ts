import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import { ancestorsOf } from '../partitions/lineage.js';
import type { Growth } from '../partitions/partition-map.js';
import type { BatchPublisher } from './batch-publisher.js';
import { placed, publishedFrom } from './publish-reply.js';

/** A partition that may have some of a publish's events, because it had their key before a growth. */
export interface AskedAncestor {
  readonly index: number;
  /** Positions of these events in the publish. */
  readonly of: readonly number[];
}

/** Time for which ids and idempotency keys are remembered at least, as far as a publish can know, in milliseconds. */
const rememberedMs = 24 * 60 * 60 * 1000;
/** Tolerance for the difference between the clocks of servers, in milliseconds. */
const slackMs = 60_000;

/**
 * The partitions that may have events of a publish. An id that contains its time may have been used until the growth if it was made before;
 * other ids and idempotency keys while they are remembered.
 */
export function askedAncestors(
  events: readonly PreparedEvent[],
  index: number,
  growths: readonly Growth[],
  nowMs: number,
): readonly AskedAncestor[] {
  const mayHave = ({ explicitId, idTime, idempotencyKey, idempotencyTtlMs }: PreparedEvent, splitAtMs: number) => {
    if (idTime !== undefined && idTime - slackMs <= splitAtMs) return true;
    const isKeyed = idempotencyKey !== undefined || (explicitId && idTime === undefined);
    return isKeyed && nowMs - splitAtMs <= Math.max(rememberedMs, idempotencyTtlMs) + slackMs;
  };
  if (events.every(({ explicitId, idempotencyKey }) => !explicitId && idempotencyKey === undefined)) return [];
  return ancestorsOf(index, growths).flatMap((ancestor) => {
    const of = events.flatMap((event, at) => (mayHave(event, ancestor.splitAtMs) ? [at] : []));
    return of.length === 0 ? [] : [{ index: ancestor.index, of }];
  });
}

/**
 * Asks former partitions for the events of a publish.
 * @returns For each event what was published before, with its position there; undefined if nothing
 * @throws EventBusError the errors of `findWritten`: without an answer, an event could be written twice
 */
export async function findInAncestors(
  asked: readonly AskedAncestor[],
  events: readonly PreparedEvent[],
  publisher: (index: number) => BatchPublisher,
  deadline: number,
): Promise<readonly (Published | undefined)[]> {
  const found: (Published | undefined)[] = events.map(() => undefined);
  const searches = asked.map(async ({ index, of }) => {
    const candidates = of.flatMap((at) => events.slice(at, at + 1));
    const words = await publisher(index).findWritten(candidates, deadline);
    words.forEach((word, at) => {
      const [event, place] = [candidates[at], of[at]];
      if (word === undefined || event === undefined || place === undefined) return;
      found[place] = placed(publishedFrom(event, word), index);
    });
  });
  await Promise.all(searches);
  return found;
}
