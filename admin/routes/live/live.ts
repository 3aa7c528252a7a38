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
import { LivePlaces } from '../../live/places.js';
import { envelopeOf } from '../../projection/event-rows.js';
import { cachedFor } from '../../support/cached.js';
import { readStats } from '../statistics/statistics.js';
import { liveMessage, type PassingEvent } from './live-messages.js';

const statsEveryMs = 2_000;
const flushEveryMs = 500;
/** A timer of more milliseconds fires at once. */
const longestTimer = 2 ** 31 - 1;
/** Events shown to one watcher in one round; the rest is counted. */
const shownAtOnce = 25;
/** Streams at once: in all, of one token's subject, and of tokens that are bound to one tenant. */
const most = { all: 100, actor: 10, tenant: 30 };

/** Query of `GET /admin/events/live`. */
export const LiveQuery = Type.Object(
  {
    events: Type.Optional(Type.Boolean({ description: 'Show events as they pass' })),
    type: Type.Optional(Name('Only this type or pattern')),
    tenantId: Type.Optional(Name('Only this tenant')),
    source: Type.Optional(Name('Only from this service')),
    correlationId: Type.Optional(Name('Only of this correlation id')),
  },
  { additionalProperties: false },
);

/** What happens, as it happens: read with `fetch`, since a token has no place in an address. */
export function liveRoutes(app: Scope, context: AdminContext): void {
  const { operator, catalog } = context;
  const broadcast = new Broadcast(operator.feed);
  const stats = cachedFor(statsEveryMs / 2, () => readStats(context));
  const closing = new AbortController();
  const places = new LivePlaces(most);
  app.addHook('preClose', async () => closing.abort());

  app.get(
    '/admin/events/live',
    {
      schema: {
        tags: ['statistics'],
        summary: 'Server-sent events: statistics, and events where asked for',
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
      const leave = places.take(identity);
      const gone = new AbortController();
      request.raw.once('close', () => gone.abort());
      reply.raw.once('close', () => gone.abort());
      const expired = new AbortController();
      const expiry = setTimeout(() => expired.abort(), Math.min(identity.expiresAt - Date.now(), longestTimer));
      const signal = AbortSignal.any([gone.signal, closing.signal, expired.signal]);
      reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream; charset=utf-8');
      const watched = watch(identity, { ...request.query, tenantId }, events === true, signal);
      const stream = Readable.from(watched, { objectMode: false });
      stream.once('close', () => {
        clearTimeout(expiry);
        leave();
      });
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
        if (waiting.length < shownAtOnce) waiting.push(passingEvent(streamId, show(envelope)));
        else sampled = true;
      }
    };
    const stop = withEvents ? broadcast.listen(take) : () => undefined;
    try {
      let statsAt = Number.NEGATIVE_INFINITY;
      while (!signal.aborted) {
        if (performance.now() - statsAt >= statsEveryMs) {
          statsAt = performance.now();
          // Statistics span tenants.
          yield identity.tenantId === undefined
            ? await statsMessage()
            : liveMessage('alive', { at: new Date().toISOString() });
        }
        if (passed > 0) {
          yield liveMessage('events', { events: waiting.splice(0), passed, sampled });
          [passed, sampled] = [0, false];
        }
        await sleep(flushEveryMs, undefined, { signal }).catch(() => undefined);
      }
      if (Date.now() >= identity.expiresAt) yield liveMessage('expired', { at: new Date().toISOString() });
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

/** The envelope was checked: it has an id and a type. */
function passingEvent(streamId: string, envelope: Readonly<Record<string, unknown>>): PassingEvent {
  return { ...envelope, streamId, id: String(envelope.id), type: String(envelope.type) };
}
