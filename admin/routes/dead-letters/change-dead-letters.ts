import type { DeadLetter } from '@hyvve-events/runtime';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { AdminError } from '../../errors.js';
import { adminErrorOf } from '../../http/answer-errors.js';
import { actorOf, identityOf } from '../../http/identity.js';
import { errorAnswers, Name } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { maskedPaths } from '../../web/shared/mask.js';
import { findDeadLetters } from './find-dead-letters.js';

/** Time that an answer waits until the index contains the change, so that the next list shows it. */
const indexWaitMs = 1_000;

const Params = Type.Object({ eventId: Name('Event id (all its dead letters), or id of one dead letter') });

/** Body of `POST /admin/events/dlq/:eventId/retry`. */
export const RetryBody = Type.Object(
  {
    data: Type.Optional(
      Type.Unknown({ description: 'Edited data: creates a new event, whose causation id is this event' }),
    ),
  },
  { additionalProperties: false },
);

const Failed = Type.Array(Type.Object({ deadLetterId: Type.String(), code: Type.String(), message: Type.String() }), {
  description: 'Dead letters of the event that could not be changed',
});

/** Result of a retry. */
export const Retried = Type.Object({
  success: Type.Boolean({ description: 'Whether all of them were retried' }),
  newEventId: Type.String({ description: 'Id of the event; after an edit, of the new event' }),
  newEventIds: Type.Array(Type.String(), { description: 'One id for each dead letter' }),
  failed: Failed,
});

/** Result of discarding. */
export const Discarded = Type.Object({ success: Type.Boolean(), discarded: Type.Integer(), failed: Failed });

/** Changes of dead letters: each is one script, which also writes the log entry. */
export function changeDeadLetterRoutes(app: Scope, context: AdminContext): void {
  const { operator, indexer } = context;
  const tags = ['dead letters'];

  app.post(
    '/admin/events/dlq/:eventId/retry',
    {
      // A retry needs no body.
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        tags,
        summary: 'Run the failed handlers again, and no others',
        params: Params,
        body: RetryBody,
        response: { 200: Retried, ...errorAnswers },
      },
    },
    async (request) => {
      const { data } = request.body;
      refuseMasked(data);
      const by = actorOf(request);
      const { done, failed } = await changeAll(request, async ({ id }) =>
        data === undefined ? operator.deadLetters.retry(id, by) : operator.deadLetters.retryEdited(id, data, by),
      );
      const newEventIds = done.map(({ eventId }) => eventId);
      return { success: failed.length === 0, newEventId: newEventIds[0] ?? '', newEventIds, failed };
    },
  );

  app.delete(
    '/admin/events/dlq/:eventId',
    { schema: { tags, summary: 'Discard for good', params: Params, response: { 200: Discarded, ...errorAnswers } } },
    async (request) => {
      const by = actorOf(request);
      const { done, failed } = await changeAll(request, async ({ id }) => operator.deadLetters.discard(id, by));
      return { success: failed.length === 0, discarded: done.length, failed };
    },
  );

  /** Changes each dead letter that the id refers to. @throws AdminError the first error, if none could be changed */
  async function changeAll<T>(
    request: FastifyRequest<{ Params: { eventId: string } }>,
    change: (letter: DeadLetter) => Promise<T>,
  ) {
    const letters = await findDeadLetters(context, request.params.eventId, identityOf(request).tenantId);
    const done: T[] = [];
    const failures: { readonly deadLetterId: string; readonly error: AdminError }[] = [];
    for (const letter of letters) {
      try {
        done.push(await change(letter));
      } catch (error) {
        failures.push({ deadLetterId: letter.id, error: adminErrorOf(error) });
      }
    }
    const [first] = failures;
    if (first !== undefined && done.length === 0) throw first.error;
    await indexer.caughtUp(indexWaitMs);
    return {
      done,
      failed: failures.map(({ deadLetterId, error }) => ({ deadLetterId, code: error.code, message: error.message })),
    };
  }
}

/** @throws AdminError `DATA_INVALID` if the data contains the mask that roles without access to personal data see */
function refuseMasked(data: unknown): void {
  const paths = maskedPaths(data);
  if (paths.length === 0) return;
  throw new AdminError('DATA_INVALID', 'the data contains masked values, which would replace the real ones', {
    violations: paths.map((path) => ({
      path,
      message: 'is masked: only an owner, who sees the value, can edit this dead letter',
    })),
  });
}
