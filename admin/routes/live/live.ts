import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedEntry } from '@hyvve-events/runtime';
import { Type } from 'typebox';
import type { Identity } from '../../auth/tokens.js';
import { type AdminContext, maskerFor } from '../../context.js';
import { adminErrorOf } from '../../http/answer-errors.js';
import { identityOf, tenantOf } from '../../http/identity.js';
import { knownPattern } from '../../http/parameters.js';
import { errorAnswers, Name } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { Broadcast } from '../../live/broadcast.js';
import { createFilter, type LiveFilter } from '../../live/filter.js';
import { StreamSlots } from '../../live/stream-slots.js';
import { envelopeOf } from '../../projection/event-rows.js';
import { cachedFor } from '../../support/cached.js';
import { readStats } from '../statistics/statistics.js';
import { liveMessage, type PassingEvent } from './live-messages.js';

const statsEveryMs = 2_000;
const flushEveryMs = 500;
/** Maximum number of events in one message; the others are only counted. */
const maxEvents = 25;
/** Maximum numbers of open streams: in total, of one subject, and of tokens that are bound to one tenant. */
const streamLimits = { all: 100, actor: 10, tenant: 30 };

/** Query of `GET /admin/events/live`. */
export const LiveQuery = Type.Object(
  {
    events: Type.Optional(Type.Boolean({ description: 'Send events as they are written' })),
    type: Type.Optional(Name('Only this type or pattern')),
    tenantId: Type.Optional(Name('Only this tenant')),
    source: Type.Optional(Name('Only from this service')),
    correlationId: Type.Optional(Name('Only of this correlation id')),
  },
  { additionalProperties: false },
);

/** The live stream of server-sent events. Clients read it with `fetch`: `EventSource` cannot send a token. */
export function liveRoutes(app: Scope, context: AdminContext): void {
  const { operator, catalog } = context;
  const broadcast = new Broadcast(operator.feed);
  const stats = cachedFor(statsEveryMs / 2, () => readStats(context));
  const closing = new AbortController();
  const slots = new StreamSlots(streamLimits);
  app.addHook('preClose', async () => closing.abort());

  app.get(
    '/admin/events/live',
    {
      schema: {
        tags: ['statistics'],
        summary: 'Server-sent events: statistics and, on request, events',
        querystring: LiveQuery,
        produces: ['text/event-stream'],
        response: { 200: Type.Unknown({ description: 'A stream that does not end' }), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const { type, events } = request.query;
      if (type !== undefined) knownPattern(catalog, type, 'query.type');
      const identity = identityOf(request);
      const tenantId = tenantOf(request, request.query.tenantId);
      const release = slots.reserve(identity);
      const disconnected = new AbortController();
      request.raw.once('close', () => disconnected.abort());
      reply.raw.once('close', () => disconnected.abort());
      const signal = AbortSignal.any([disconnected.signal, closing.signal]);
      reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream; charset=utf-8');
      const watched = watch(identity, { ...request.query, tenantId }, events === true, signal);
      const stream = Readable.from(watched, { objectMode: false });
      stream.once('close', release);
      return reply.send(stream);
    },
  );

  async function* watch(
    identity: Identity,
    query: LiveFilter,
    withEvents: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { envelope: show } = maskerFor(context, identity);
    const { type, source, correlationId, tenantId } = query;
    const passes = createFilter({ type, source, correlationId, tenantId });
    const waiting: PassingEvent[] = [];
    let [passed, sampled] = [0, false];
    const take = (entries: readonly FeedEntry[], skipped: boolean) => {
      sampled ||= skipped;
      for (const { streamId, envelope: json } of entries) {
        const envelope = envelopeOf(json);
        if (envelope === undefined || !passes(envelope)) continue;
        passed += 1;
        if (waiting.length < maxEvents) waiting.push(passingEvent(streamId, show(envelope)));
        else sampled = true;
      }
    };
    const remainingMs = () => identity.expiresAt - Date.now();
    const stop = withEvents ? broadcast.listen(take) : () => undefined;
    try {
      let statsAt = Number.NEGATIVE_INFINITY;
      // A timer can fire a millisecond before its time: only the clock says whether the token has expired.
      while (!signal.aborted && remainingMs() > 0) {
        if (performance.now() - statsAt >= statsEveryMs) {
          statsAt = performance.now();
          // Statistics cover all tenants.
          yield identity.tenantId === undefined
            ? await statsMessage()
            : liveMessage('alive', { at: new Date().toISOString() });
        }
        if (passed > 0) {
          yield liveMessage('events', { events: waiting.splice(0), passed, sampled });
          [passed, sampled] = [0, false];
        }
        await sleep(Math.min(flushEveryMs, Math.max(remainingMs(), 0)), undefined, { signal }).catch(() => undefined);
      }
      if (remainingMs() <= 0) yield liveMessage('expired', { at: new Date().toISOString() });
    } finally {
      stop();
    }
  }

  async function statsMessage(): Promise<string> {
    try {
      return liveMessage('stats', await stats());
    } catch (error) {
      const { code, message: text } = adminErrorOf(error);
      return liveMessage('problem', { code, message: text });
    }
  }
}

/** @param envelope Has an id and a type. */
function passingEvent(streamId: string, envelope: Readonly<Record<string, unknown>>): PassingEvent {
  return { ...envelope, streamId, id: String(envelope.id), type: String(envelope.type) };
}
