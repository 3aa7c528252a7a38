import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { identityOf } from '../../http/identity.js';
import { errorAnswers, Name, NextCursor, paging } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { withoutIndex } from '../../http/without-index.js';
import { nextCursor } from '../../search/cursors.js';
import { countDeadLetters, groupDeadLetters, listDeadLetters } from '../../search/dead-letters.js';
import { logEntriesOfEvent } from '../../search/log.js';
import { present } from '../../support/present.js';
import { attemptAnswer } from '../events/event-answers.js';
import {
  DeadLetterSummary,
  DeadLetterWhole,
  deadLetterSummary,
  deadLetterWhole,
  ErrorGroupAnswer,
  errorGroupAnswer,
} from './dead-letter-answers.js';
import { filterProperties, readFilter } from './dead-letter-filter.js';
import { findDeadLetters } from './find-dead-letters.js';

/** Query of `GET /admin/events/dlq`. */
export const DeadLetterQuery = Type.Object(
  {
    ...filterProperties,
    ...paging,
    page: Type.Integer({ minimum: 1, maximum: 100_000, default: 1, description: 'From 1. Ignored if a cursor is set' }),
  },
  { additionalProperties: false },
);

/** Query of the error groups. */
export const ErrorGroupQuery = Type.Object(
  { ...filterProperties, limit: paging.limit },
  { additionalProperties: false },
);

/** A page of dead letters. */
export const DeadLetterPage = Type.Object({
  events: Type.Array(DeadLetterSummary),
  total: Type.Integer({ description: 'Number of dead letters that match the filter' }),
  page: Type.Integer(),
  limit: Type.Integer(),
  cursor: NextCursor,
  indexBehindMs: Type.Number(),
});

/** Error groups of dead letters. */
export const ErrorGroupPage = Type.Object({
  errorGroups: Type.Array(ErrorGroupAnswer),
  total: Type.Integer(),
  indexBehindMs: Type.Number(),
});

/** Dead letters: lists, error groups, and one dead letter with its details. */
export function deadLetterRoutes(app: Scope, context: AdminContext): void {
  const { indexer } = context;
  const tags = ['dead letters'];

  app.get(
    '/admin/events/dlq',
    {
      schema: {
        tags,
        summary: 'Dead letters, newest first',
        querystring: DeadLetterQuery,
        response: { 200: DeadLetterPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { limit, cursor, page, ...requested } = request.query;
      const filter = readFilter(request, context, requested, 'query');
      const offset = cursor === undefined ? (page - 1) * limit : 0;
      const [rows, total] = await Promise.all([
        listDeadLetters(indexer.db, filter, { limit, offset, cursor }),
        countDeadLetters(indexer.db, filter),
      ]);
      return present({
        events: rows.map(deadLetterSummary),
        total,
        page,
        limit,
        indexBehindMs: indexer.status.logBehindMs,
        cursor: nextCursor(rows, limit),
      });
    },
  );

  app.get(
    '/admin/events/dlq/error-groups',
    {
      schema: {
        tags,
        summary: 'Error groups of dead letters, largest first',
        querystring: ErrorGroupQuery,
        response: { 200: ErrorGroupPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { limit, ...requested } = request.query;
      const filter = readFilter(request, context, requested, 'query');
      const { errorGroups, total } = await groupDeadLetters(indexer.db, filter, limit);
      return { errorGroups: errorGroups.map(errorGroupAnswer), total, indexBehindMs: indexer.status.logBehindMs };
    },
  );

  app.get(
    '/admin/events/dlq/:eventId',
    {
      schema: {
        tags,
        summary: 'One dead letter with its details, by its own id or the id of its event',
        params: Type.Object({ eventId: Name('Event id, or id of a dead letter') }),
        response: { 200: DeadLetterWhole, ...errorAnswers },
      },
    },
    async (request) => {
      const identity = identityOf(request);
      const [letter, ...others] = await findDeadLetters(context, request.params.eventId, identity.tenantId);
      return {
        ...deadLetterWhole(letter, context, identity),
        attemptLog: (await attemptsOf(letter.eventId)).filter(
          ({ group, handler }) => group === letter.group && handler === letter.handler,
        ),
        others: others.map(({ id }) => id),
      };
    },
  );

  /** Log entries about an event; empty while the index is not available. */
  async function attemptsOf(eventId: string) {
    if (eventId === '') return [];
    const entries = await withoutIndex(async () => logEntriesOfEvent(indexer.db, eventId));
    return (entries ?? []).map(attemptAnswer);
  }
}
