import fc from 'fast-check';
import type { Settle } from '../../../runtime/redis/consume/encode-settle.js';
import type { SettleOperation } from '../../../runtime/redis/consume/settle-operation.js';

const handler = fc.constantFrom('bill', 'mail', 'a handler/with ~ signs', '日本');
const text = fc.string({ maxLength: 20 });
const streamId = fc.tuple(fc.nat(), fc.nat()).map(([ms, seq]) => `${ms + 1}-${seq}`);
const retry = fc.record({
  eventId: text,
  type: text,
  tenantId: text,
  correlationId: text,
  envelope: text,
  attempt: fc.integer({ min: 1, max: 9 }),
  streamId,
});
const detail = fc.record({
  eventId: text,
  type: text,
  tenantId: text,
  correlationId: text,
  firstFailedAt: text,
  lastFailedAt: text,
  error: fc.record({ name: text, message: text }),
  attempts: fc.nat(9),
});
const queueKey = fc.constantFrom('\0tenant\nkey', 'job\0tenant\nkey');
const unordered: fc.Arbitrary<SettleOperation> = fc.oneof(
  fc.record({ kind: fc.constant('completed' as const), handler, logDetail: fc.constantFrom('', '{}') }),
  fc.record({ kind: fc.constant('skipped' as const), handler, logDetail: text }),
  fc.record({
    kind: fc.constant('scheduled' as const),
    handler,
    retry,
    delayMs: fc.nat(),
    logKind: fc.constantFrom('failed' as const, 'deferred' as const),
    logDetail: text,
  }),
  fc.record({
    kind: fc.constant('dead' as const),
    handler,
    reason: fc.constant('CRASHED' as const),
    detail,
    envelope: text,
    logDetail: text,
  }),
  fc.record({
    kind: fc.constant('parked' as const),
    handler,
    retry,
    set: fc.constantFrom('bill~a~1.0.0', 'mail~b~2.0.0'),
    logDetail: text,
  }),
);
/** Operations of ordered handlers. */
const ordered: fc.Arbitrary<SettleOperation> = fc.oneof(
  fc.tuple(unordered, queueKey).map(([operation, queueKey]) => ({ ...operation, queueKey })),
  fc.record({ kind: fc.constant('waiting' as const), handler, retry, logDetail: fc.constant('' as const), queueKey }),
  fc.record({
    kind: fc.constant('dead' as const),
    handler,
    reason: fc.constant('NOT_ENVELOPE' as const),
    detail,
    envelope: text,
    logDetail: text,
    unreadFor: fc.array(handler, { minLength: 1, maxLength: 3 }),
  }),
);
const completedHandlers = fc.option(fc.array(handler, { minLength: 1, maxLength: 3 }), { nil: undefined });
const deliveryCount = fc.integer({ min: 1, max: 4 });

function settlesOf(operation: fc.Arbitrary<SettleOperation>): fc.Arbitrary<readonly Settle[]> {
  const operations = fc.array(operation, { maxLength: 4 });
  const ofEntry = fc.record({ id: streamId, operations, completedHandlers, deliveryCount, ended: fc.boolean() }).map(
    ({ id, operations, ended, ...delivery }): Settle => ({
      delivery: { ...delivery, entryId: id, streamId: id, deliveryPrefix: id, claimed: undefined },
      operations,
      ended,
    }),
  );
  const ofRetry = fc
    .record({ id: streamId, handler, retry, operation, runs: deliveryCount })
    .map(({ id, handler, retry, operation, runs }): Settle => {
      const ref = `${id}/${handler}`;
      const claimed = { ref, claim: `${runs}|worker`, handler, retry };
      return {
        delivery: {
          entryId: ref,
          streamId: id,
          deliveryPrefix: id,
          deliveryCount: runs,
          claimed,
          completedHandlers: undefined,
        },
        operations: [operation],
        ended: true,
      };
    });
  return fc.array(fc.oneof(ofEntry, ofRetry), { maxLength: 12 });
}

/** Any settles of one call: of entries of a stream and of claimed retries. */
export const arbitrarySettles = settlesOf(unordered);

/** The same, also of ordered handlers. */
export const arbitraryOrderedSettles = settlesOf(fc.oneof(unordered, ordered));
