import type { EventFeed } from '@hyvve-events/runtime';
import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import type { Scope } from '../../http/scope.js';

/** Answer of a probe. */
export const Probe = Type.Object({
  status: Type.Enum(['ok', 'unavailable']),
  reasons: Type.Array(Type.String()),
});

/** Probes for the platform that runs the process: public, without any data. */
export function probeRoutes(app: Scope, { operator, indexer }: AdminContext): void {
  const tags = ['health'];
  const config = { rateLimit: false } as const;

  app.get(
    '/health/live',
    { config, schema: { tags, security: [], summary: 'Whether the process runs', response: { 200: Probe } } },
    async () => ({ status: 'ok' as const, reasons: [] }),
  );

  app.get(
    '/health/ready',
    {
      config,
      schema: {
        tags,
        security: [],
        summary:
          'Whether it can serve requests: Redis responds, for at least one partition. The index may not be available yet',
        response: { 200: Probe, 503: Probe },
      },
    },
    async (_request, reply) => {
      const away = await partitionsAway(operator.feed);
      if (away === undefined) {
        reply.header('retry-after', '2');
        return reply.code(503).send({ status: 'unavailable' as const, reasons: ['Redis does not respond'] });
      }
      const reasons = away.map((partition) => `partition ${partition} does not respond`);
      if (indexer.status.state !== 'following') reasons.push(`the index is ${indexer.status.state}`);
      return { status: 'ok' as const, reasons };
    },
  );
}

/** The partitions that do not respond; undefined if none responds. */
async function partitionsAway(feed: EventFeed): Promise<readonly number[] | undefined> {
  try {
    const partitions = await feed.partitions();
    const ends = await Promise.allSettled(partitions.map((partition) => feed.ends({ partition })));
    const away = partitions.filter((_partition, at) => ends[at]?.status === 'rejected');
    return away.length === partitions.length ? undefined : away;
  } catch {
    return undefined;
  }
}
