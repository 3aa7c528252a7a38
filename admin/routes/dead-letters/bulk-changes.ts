import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type BulkJob, bulkActions, bulkStatuses, endJob, findJob, listJobs } from '../../bulk/bulk-jobs.js';
import type { AdminContext } from '../../context.js';
import { AdminError, notFound } from '../../errors.js';
import { actorOf, identityOf, maySeeTenant } from '../../http/identity.js';
import { errorAnswers, paging } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { countDeadLetters } from '../../search/dead-letters.js';
import { filterProperties, readFilter } from './dead-letter-filter.js';

/** A bulk job and its progress. */
export const BulkJobAnswer = Type.Object({
  jobId: Type.String(),
  action: Type.Enum(bulkActions),
  status: Type.Enum(bulkStatuses),
  progress: Type.Number({ description: '0 to 1' }),
  total: Type.Integer({ description: 'Number of dead letters when the job started' }),
  succeeded: Type.Integer(),
  failed: Type.Integer(),
  errors: Type.Array(Type.String(), { description: 'The first few failures' }),
  actor: Type.String(),
  createdAt: Type.String(),
  updatedAt: Type.String(),
});

/** An id of cuid2, or the UUID of a job that an earlier version of the admin service started. */
const jobId = '^(?:[a-z][0-9a-z]{1,31}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$';

const Params = Type.Object({ jobId: Type.String({ pattern: jobId }) });

/** Body of `POST /admin/events/dlq/bulk`. */
export const BulkBody = Type.Object(
  {
    action: Type.Enum(bulkActions),
    filter: Type.Object(filterProperties, { additionalProperties: false }),
    all: Type.Optional(Type.Boolean({ description: 'Must be true if the filter is empty' })),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count' })),
  },
  { additionalProperties: false },
);

/** Number of dead letters that a bulk job would change. */
export const BulkCount = Type.Object({ count: Type.Integer() });

/** Query of `GET /admin/events/dlq/bulk`. */
export const BulkJobsQuery = Type.Object({ limit: paging.limit }, { additionalProperties: false });

/** Bulk jobs, newest first. */
export const BulkJobs = Type.Object({ jobs: Type.Array(BulkJobAnswer) });

/** Changes of all dead letters that match a filter. */
export function bulkRoutes(app: Scope, context: AdminContext): void {
  const { indexer, bulk } = context;
  const tags = ['dead letters'];

  app.post(
    '/admin/events/dlq/bulk',
    {
      schema: {
        tags,
        summary: 'Retry or discard all dead letters that match a filter, in the background',
        body: BulkBody,
        response: { 200: BulkCount, 202: BulkJobAnswer, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { action, filter: requested, all, dryRun } = request.body;
      const filter = readFilter(request, context, requested, 'body.filter');
      if (dryRun === true) return reply.code(200).send({ count: await countDeadLetters(indexer.db, filter) });
      if (Object.keys(requested).length === 0 && all !== true) {
        const expected = 'must be true if the filter is empty, to change all dead letters';
        throw new AdminError('PARAMETER_INVALID', `body.all ${expected}`, { field: 'body.all', expected });
      }
      const job = await bulk.create(action, filter, identityOf(request).tenantId, actorOf(request));
      return reply.code(202).send(jobAnswer(job));
    },
  );

  app.get(
    '/admin/events/dlq/bulk',
    {
      schema: {
        tags,
        summary: 'Bulk jobs, newest first',
        querystring: BulkJobsQuery,
        response: { 200: BulkJobs, ...errorAnswers },
      },
    },
    async (request) => {
      const jobs = await listJobs(indexer.db, identityOf(request).tenantId, request.query.limit);
      return { jobs: jobs.map(jobAnswer) };
    },
  );

  app.get(
    '/admin/events/dlq/bulk/:jobId',
    {
      schema: {
        tags,
        summary: 'A bulk job and its progress',
        params: Params,
        response: { 200: BulkJobAnswer, ...errorAnswers },
      },
    },
    async (request) => jobAnswer(await getOrThrow(request, request.params.jobId)),
  );

  app.post(
    '/admin/events/dlq/bulk/:jobId/cancel',
    {
      schema: {
        tags,
        summary: 'Cancel a bulk job; the changes that it has made remain',
        params: Params,
        response: { 200: BulkJobAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = await getOrThrow(request, request.params.jobId);
      return jobAnswer(await endJob(indexer.db, id, 'cancelled'));
    },
  );

  async function getOrThrow(request: FastifyRequest, jobId: string): Promise<BulkJob> {
    const job = await findJob(indexer.db, jobId);
    if (job === undefined || !maySeeTenant(request, job.tenantId)) throw notFound(`bulk job ${jobId}`);
    return job;
  }
}

function jobAnswer(job: BulkJob) {
  const { id: jobId, action, status, total, succeeded, failed, errors, actor, createdAt, updatedAt } = job;
  const done = succeeded + failed;
  const progress = status === 'completed' || total === 0 ? 1 : Math.min(1, done / total);
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return { jobId, action, status, progress, total, succeeded, failed, errors: [...errors], actor, ...times };
}
