import type { HandlerTarget, Replay, ReplayCount, ReplayPlan, ReplayRequest } from '@hyvve-events/runtime';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { AdminError, cursorInvalid, notFound } from '../../errors.js';
import { actorOf, identityOf, maySeeTenant, tenantOf } from '../../http/identity.js';
import { knownPattern, readRange } from '../../http/parameters.js';
import { errorAnswers, Name, NextCursor, paging, type SchemasOf, Time } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import type { EveryField } from '../../support/every-field.js';
import { present } from '../../support/present.js';
import { maxReplayRate } from '../../web/shared/limits.js';

/** Maximum number of entries that a dry run scans. `complete` in its answer is false if there were more. */
const maxScanned = 200_000;

const Plan = Type.Object({
  from: Type.Optional(Type.String()),
  to: Type.String(),
  eventTypes: Type.Array(Type.String()),
  tenantId: Type.Optional(Type.String()),
  groups: Type.Array(Type.String()),
  handlers: Type.Array(
    Type.Object({ group: Type.String(), handler: Type.String() } satisfies SchemasOf<HandlerTarget>),
  ),
  ratePerSecond: Type.Number(),
} satisfies SchemasOf<ReplayPlan>);

/** A replay and its progress. */
export const ReplayAnswer = Type.Object({
  ...({
    jobId: Type.String(),
    status: Type.String({ description: 'waiting, running, completed, cancelled or failed' }),
    plan: Plan,
    progress: Type.Number({ description: '0 to 1, by time' }),
    actor: Type.String(),
    createdAt: Type.String(),
    updatedAt: Type.String(),
    endedAt: Type.Optional(Type.String()),
  } satisfies SchemasOf<Omit<Replay, 'error'>>),
  eventsReplayed: Type.Integer(),
  eventsScanned: Type.Integer(),
  errors: Type.Array(Type.String()),
});

export const CountAnswer = Type.Object({
  events: Type.Integer(),
  byType: Type.Record(Type.String(), Type.Integer()),
  unreadable: Type.Integer({ description: 'Entries that are not valid envelopes; a replay skips them' }),
  scanned: Type.Integer(),
  complete: Type.Boolean({
    description: 'False if counting stopped early: the figures are those of the entries before',
  }),
  plan: Plan,
} satisfies SchemasOf<ReplayCount>);

/** Body of `POST /admin/events/replay`. */
export const ReplayBody = Type.Object(
  {
    startTime: Time('Start of the time range, inclusive'),
    endTime: Time('End of the time range, inclusive'),
    eventTypes: Type.Optional(
      Type.Array(Name('Event type or pattern, such as approval.*'), { minItems: 1, maxItems: 200 }),
    ),
    tenantId: Type.Optional(Name('Only events of this tenant')),
    groups: Type.Optional(Type.Array(Name('Consumer group'), { minItems: 1, maxItems: 200 })),
    handlers: Type.Optional(
      Type.Array(
        Type.Object({ group: Name('Consumer group'), handler: Name('Handler') }, { additionalProperties: false }),
        {
          minItems: 1,
          maxItems: 200,
        },
      ),
    ),
    ratePerSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: maxReplayRate, description: 'Default 1,000' })),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count' })),
  },
  { additionalProperties: false },
);

/** Query of `GET /admin/events/replay`. */
export const ReplayQuery = Type.Object(paging, { additionalProperties: false });

export const ReplayPage = Type.Object({ replays: Type.Array(ReplayAnswer), cursor: NextCursor });

const Params = Type.Object({ jobId: Name('Id of the replay') });

/** Replays: dry runs, start, progress, cancel, resume. */
export function replayRoutes(app: Scope, context: AdminContext): void {
  const { replays } = context.operator;
  const tags = ['replays'];
  const one = { params: Params, response: { 200: ReplayAnswer, ...errorAnswers } };

  app.post(
    '/admin/events/replay',
    {
      schema: {
        tags,
        summary: 'Start a replay: deliver the events of a time range again',
        body: ReplayBody,
        response: { 200: CountAnswer, 202: ReplayAnswer, ...errorAnswers },
      },
    },
    async (request, reply) => {
      const replayRequest = readRequest(request, context, request.body);
      if (request.body.dryRun === true) {
        const { plan, ...all } = await replays.count(replayRequest, { maxScanned });
        // A token that is bound to a tenant must not see figures about entries of other tenants.
        const count = isBound(request) ? { ...all, scanned: all.events, unreadable: 0 } : all;
        return reply.code(200).send({ ...count, byType: { ...count.byType }, plan: planAnswer(plan) });
      }
      return reply.code(202).send(replayAnswer(await replays.start(replayRequest, actorOf(request)), isBound(request)));
    },
  );

  app.get(
    '/admin/events/replay',
    {
      schema: {
        tags,
        summary: 'Replays, newest first',
        querystring: ReplayQuery,
        response: { 200: ReplayPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const before = cursor === undefined ? undefined : await replays.get(cursor);
      if (cursor !== undefined && (before === undefined || !maySeeTenant(request, before.plan.tenantId)))
        throw cursorInvalid();
      const { items, hasMore } = await listVisible(request, limit, cursor);
      const shown = items.map((replay) => replayAnswer(replay, isBound(request)));
      return present({ replays: shown, cursor: hasMore ? items.at(-1)?.jobId : undefined });
    },
  );

  app.get(
    '/admin/events/replay/:jobId',
    { schema: { tags, summary: 'A replay and its progress', ...one } },
    async (request) => replayAnswer(await getOrThrow(request), isBound(request)),
  );

  app.post(
    '/admin/events/replay/:jobId/cancel',
    { schema: { tags, summary: 'Cancel a replay: events that it has delivered are still handled', ...one } },
    async (request) =>
      replayAnswer(await replays.cancel((await getOrThrow(request)).jobId, actorOf(request)), isBound(request)),
  );

  app.post(
    '/admin/events/replay/:jobId/resume',
    { schema: { tags, summary: 'Resume a replay that was cancelled or failed', ...one } },
    async (request) =>
      replayAnswer(await replays.resume((await getOrThrow(request)).jobId, actorOf(request)), isBound(request)),
  );

  /** A page of the replays that the token may see. */
  async function listVisible(request: FastifyRequest, limit: number, cursor: string | undefined) {
    const items: Replay[] = [];
    let after = cursor;
    do {
      const page = await replays.list(present({ limit: 200, cursor: after }));
      items.push(...page.items.filter((replay) => maySeeTenant(request, replay.plan.tenantId)));
      after = page.cursor;
    } while (after !== undefined && items.length <= limit);
    return { items: items.slice(0, limit), hasMore: items.length > limit };
  }

  async function getOrThrow(request: FastifyRequest<{ Params: { jobId: string } }>): Promise<Replay> {
    const { jobId } = request.params;
    const replay = await replays.get(jobId);
    if (replay === undefined || !maySeeTenant(request, replay.plan.tenantId)) throw notFound(`replay ${jobId}`);
    return replay;
  }
}

/** @throws AdminError `RANGE_INVALID`, `TYPE_UNKNOWN`; `NOT_FOUND` for another tenant than the token's */
function readRequest(
  request: FastifyRequest,
  { catalog, eventRetentionMs }: AdminContext,
  body: Static<typeof ReplayBody>,
): ReplayRequest {
  const { startTime, endTime, eventTypes, tenantId, dryRun: _dryRun, ...others } = body;
  const { from, to } = readRange(startTime, endTime, ['body.startTime', 'body.endTime']);
  const oldest = Date.now() - eventRetentionMs;
  if (from !== undefined && from.getTime() < oldest) {
    const expected = `must be within the retention of events: not before ${new Date(oldest).toISOString()}`;
    throw new AdminError('RANGE_INVALID', `body.startTime ${expected}`, { field: 'body.startTime', expected });
  }
  const values: EveryField<ReplayRequest> = {
    groups: undefined,
    handlers: undefined,
    ratePerSecond: undefined,
    ...others,
    from,
    to,
    eventTypes: eventTypes?.map((type, index) => knownPattern(catalog, type, `body.eventTypes.${index}`)),
    tenantId: tenantOf(request, tenantId),
  };
  return present(values);
}

function isBound(request: FastifyRequest): boolean {
  return identityOf(request).tenantId !== undefined;
}

/** @param isBound Whether the token is bound to a tenant: then the answer has no figures about other tenants' entries. */
function replayAnswer(replay: Replay, isBound: boolean) {
  const { plan, progress, error, ...rest } = replay;
  return {
    ...rest,
    progress: progress.fraction,
    eventsReplayed: progress.replayed,
    eventsScanned: isBound ? progress.replayed : progress.scanned,
    errors: error === undefined ? [] : [error],
    plan: planAnswer(plan),
  };
}

function planAnswer({ eventTypes, groups, handlers, ...rest }: Replay['plan']) {
  return { ...rest, eventTypes: [...eventTypes], groups: [...groups], handlers: [...handlers] };
}
