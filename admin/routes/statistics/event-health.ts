import {
  busDefaults,
  type GroupStatistics,
  type RegisteredConsumer,
  type StatisticsSnapshot,
} from '@hyvve-events/runtime';
import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { errorAnswers } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { ofAllPartitions } from '../../support/of-all-partitions.js';
import { present } from '../../support/present.js';
import { reachableSnapshot } from './reachable-snapshot.js';
import { GroupAnswer, groupAnswer, IndexProgress, indexAnswer } from './statistics.js';

/** Answer of `GET /health/events`. */
export const Health = Type.Object({
  status: Type.Enum(['healthy', 'unhealthy']),
  reasons: Type.Array(Type.String(), { description: 'Why the status is unhealthy' }),
  streams: Type.Object(
    { events: Type.Integer(), deadLetters: Type.Integer(), log: Type.Integer() },
    { description: 'Entries' },
  ),
  groups: Type.Array(
    Type.Object({
      ...GroupAnswer.properties,
      lastHeartbeatMs: Type.Optional(
        Type.Number({ description: 'Time since the last heartbeat of any process of the group' }),
      ),
    }),
  ),
  index: Type.Object({
    state: Type.String(),
    eventsBehindMs: Type.Number({ description: 'The largest figure of all partitions' }),
    logBehindMs: Type.Number(),
    partitions: Type.Array(IndexProgress),
  }),
});

/** Whether events are handled: for alerts. `/health/ready` is for load balancers. */
export function eventHealthRoutes(app: Scope, { operator, indexer, unfinishedLimitMs }: AdminContext): void {
  app.get(
    '/health/events',
    {
      schema: {
        tags: ['health'],
        summary: 'Whether events are handled; if not, why',
        response: { 200: Health, ...errorAnswers, 503: Type.Union([Health, errorAnswers['5xx']]) },
      },
    },
    async (_request, reply) => {
      const [{ snapshot, away }, consumers = []] = await Promise.all([
        reachableSnapshot(operator),
        ofAllPartitions(operator.consumers()),
      ]);
      const reasons = [
        ...away.map((partition) => `partition ${partition} does not respond; the figures are those of the others`),
        ...reasonsOf(snapshot, unfinishedLimitMs),
      ];
      const { state, eventsBehindMs, logBehindMs, partitions } = indexAnswer(indexer.status);
      const health = {
        status: reasons.length === 0 ? ('healthy' as const) : ('unhealthy' as const),
        reasons,
        streams: { events: snapshot.stream.length, deadLetters: snapshot.deadLetters, log: snapshot.logLines },
        groups: snapshot.groups.map((group) =>
          present({ ...groupAnswer(group), lastHeartbeatMs: heartbeatOf(group, consumers) }),
        ),
        index: { state, eventsBehindMs, logBehindMs, partitions },
      };
      return reply.code(reasons.length === 0 ? 200 : 503).send(health);
    },
  );
}

function reasonsOf({ groups, memory }: StatisticsSnapshot, limitMs: number): string[] {
  const reasons: string[] = [];
  for (const { group, oldestUnfinishedMs = 0, consumers, retired } of groups) {
    if (retired) continue;
    const age = `its oldest unfinished event is ${Math.round(oldestUnfinishedMs / 1000)} s old`;
    if (consumers === 0 && oldestUnfinishedMs > 0) {
      reasons.push(`group ${group} has no running process, and ${age}: start the service, or retire the group`);
    } else if (oldestUnfinishedMs > limitMs) {
      reasons.push(`group ${group}: ${age}`);
    }
  }
  const { usedBytes, maxBytes } = memory;
  if (maxBytes !== undefined && usedBytes > maxBytes * busDefaults.memoryLimit) {
    reasons.push(`Redis uses ${Math.round((usedBytes / maxBytes) * 100)} % of its memory: publishing is refused`);
  }
  return reasons;
}

function heartbeatOf({ group }: GroupStatistics, consumers: readonly RegisteredConsumer[]): number | undefined {
  const ages = consumers.filter((consumer) => consumer.group === group).map(({ sinceHeartbeatMs }) => sinceHeartbeatMs);
  return ages.length === 0 ? undefined : Math.min(...ages);
}
