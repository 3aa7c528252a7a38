import type { AdminContext } from '../../context.js';
import type { Scope } from '../../http/scope.js';
import { createMetrics } from '../../metrics/prometheus.js';

/** Metrics for Prometheus; `docs/operations.md` has alert rules for them. */
export function metricsRoutes(app: Scope, context: AdminContext): void {
  const metrics = createMetrics(context);
  app.get(
    '/metrics',
    { schema: { tags: ['statistics'], summary: 'Metrics for Prometheus' } },
    async (_request, reply) => {
      const text = await metrics.read();
      return reply.type(metrics.contentType).send(text);
    },
  );
}
