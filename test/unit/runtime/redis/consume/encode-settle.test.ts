import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareStreamIds } from '../../../../../runtime/event/stream-id.js';
import { encodeSettle, type Settle, sentBefore } from '../../../../../runtime/redis/consume/encode-settle.js';
import type { SettleOperation } from '../../../../../runtime/redis/consume/settle-operation.js';
import { Tally } from '../../../../../runtime/redis/statistics/counters.js';
import { partitionKeys } from '../../../../../runtime/redis/store/keys.js';
import { type DecodedOperation, decodeSettle } from '../../../../support/redis/decode-settle.js';
import { arbitraryOrderedSettles } from '../../../../support/redis/settles.js';

const keys = partitionKeys('hyvve', 0);
const group = keys.group('billing');
const namedKeys = Array.from({ length: 13 }, (_, index) => `key-${index}`);

const noOperation = { kind: 'none', handler: '', logDetail: '', queueKey: undefined };

/** The values that the script must read for an operation. */
function expected(operation: SettleOperation): DecodedOperation {
  const { kind, handler, logDetail, queueKey } = operation;
  const queue = queueKey === undefined ? {} : { queueKey, queueDueSet: group.due(handler) };
  const all = { kind, handler, logDetail, ...queue };
  if (operation.kind === 'scheduled') {
    const { logKind, retry, delayMs } = operation;
    const dueSet = group.due(handler);
    return { ...all, logKind, retry: JSON.stringify(retry), delayMs: String(delayMs), dueSet };
  }
  if (operation.kind === 'dead') {
    const { reason, detail, envelope, unreadFor = [] } = operation;
    const dead = { ...all, reason, detail: JSON.stringify(detail), envelope };
    const named = unreadFor.map((name) => `${name} ${group.due(name)}`);
    return named.length === 0 ? dead : { ...dead, unreadFor: named.join() };
  }
  if (operation.kind === 'waiting') return { ...all, retry: JSON.stringify(operation.retry) };
  if (operation.kind === 'parked') {
    const { retry, set } = operation;
    return { ...all, retry: JSON.stringify(retry), set, dueSet: group.due(set) };
  }
  return all;
}

function encoded(settles: readonly Settle[], ofPeers: readonly SettleOperation[] = []) {
  const counted = new Tally();
  for (const { delivery } of settles) counted.add(`h|order|billing|${delivery.entryId}`);
  return encodeSettle({
    settles,
    keys: namedKeys,
    dueSet: group.due,
    group: 'billing',
    consumer: 'worker',
    handlersVersion: '7',
    heldUntil: 5,
    leaseMs: 1_000,
    handOver: 2,
    counted,
    peers: { operationsFor: () => ofPeers },
  });
}

describe('the encoder of settles', () => {
  it('the script reads exactly the encoded values, for any settles', () => {
    fc.assert(
      fc.property(arbitraryOrderedSettles, (settles) => {
        const read = decodeSettle(encoded(settles));
        const entries = settles.filter(({ delivery }) => delivery.claimed === undefined);
        const ids = entries.map(({ delivery }) => delivery.entryId).sort(compareStreamIds);
        const fenced = [ids[0] ?? '', ids.at(-1) ?? '', String(entries.length)];
        expect(read.named).toEqual(['billing', 'worker', '7', '5', '1000', '2', '3', ...fenced]);
        const simple = new Set(read.simple.map(([id]) => id));
        for (const { delivery, operations, ended } of entries) {
          if (!simple.has(delivery.entryId)) continue;
          // Only operations that need no record may be omitted.
          expect(ended && delivery.completedHandlers === undefined).toBe(true);
          for (const { kind, logDetail, queueKey } of operations) {
            expect([kind, logDetail, queueKey]).toEqual(['completed', '', undefined]);
          }
          expect(read.simple).toContainEqual([delivery.entryId, String(delivery.deliveryCount)]);
        }
        // The rest of them is one success of an ordered handler.
        const inOrder = new Set(read.inOrder.map(({ id }) => id));
        for (const { delivery, operations, ended } of entries) {
          if (!inOrder.has(delivery.entryId)) continue;
          expect([ended, delivery.completedHandlers, delivery.deliveryCount]).toEqual([true, undefined, 1]);
          const [{ kind, handler, logDetail, queueKey } = noOperation, ...more] = operations;
          expect([kind, logDetail, more]).toEqual(['completed', '', []]);
          const queueDueSet = group.due(handler);
          expect(read.inOrder).toContainEqual({ id: delivery.entryId, handler, queueKey, queueDueSet });
        }
        expect(read.entries).toEqual(
          entries.flatMap(({ delivery, operations, ended }) => {
            if (simple.has(delivery.entryId) || inOrder.has(delivery.entryId)) return [];
            const { entryId: id, deliveryPrefix: prefix, streamId, deliveryCount, completedHandlers } = delivery;
            const completed = completedHandlers ?? [];
            const read = { id, prefix, streamId, deliveryCount: String(deliveryCount), isFinal: ended, completed };
            return [{ ...read, operations: operations.map(expected) }];
          }),
        );
        expect(read.retries).toEqual(
          settles.flatMap(({ delivery: { claimed }, operations }) => {
            if (claimed === undefined) return [];
            const { ref, claim, handler, retry } = claimed;
            const read = { ref, claim, streamId: retry.streamId, dueSet: group.due(handler) };
            return [{ ...read, operations: operations.map(expected) }];
          }),
        );
        expect(read.counters).toHaveLength(new Set(settles.map(({ delivery }) => delivery.entryId)).size);
      }),
    );
  });

  it('entries that were only completed share one argument', () => {
    const delivery = (entryId: string) => ({
      entryId,
      streamId: entryId,
      deliveryPrefix: entryId,
      deliveryCount: 1,
      claimed: undefined,
      completedHandlers: undefined,
    });
    const settles = ['1-0', '2-0'].map((id) => ({ delivery: delivery(id), operations: [], ended: true }));
    expect(encoded(settles).args.slice(7, 16)).toEqual(['1-0', '2-0', 2, 2, ' 1-0 2-0', 0, 0, 0, 0]);
    const { entries } = decodeSettle(encoded(settles, [{ kind: 'skipped', handler: 'mail', logDetail: '{}' }]));
    expect(entries.map(({ operations }) => operations.length)).toEqual([1, 1]);
  });

  it('a call that may have been sent before has heldUntil 0', () => {
    const input = encoded([]);
    const { named, ...others } = decodeSettle(input);
    const { named: again, ...same } = decodeSettle(sentBefore(input));
    expect(again).toEqual(named.with(3, '0'));
    expect(same).toEqual(others);
  });
});
