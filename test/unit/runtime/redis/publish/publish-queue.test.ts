import { describe, expect, it } from 'vitest';
import type { PreparedEvent } from '../../../../../runtime/publish/prepare-event.js';
import { PendingBytes } from '../../../../../runtime/redis/publish/pending-bytes.js';
import { PublishQueue, type PublishUnit } from '../../../../../runtime/redis/publish/publish-queue.js';
import { parsePublishReply } from '../../../../../runtime/redis/publish/publish-reply.js';

function unit(events: number, bytes: number, others?: number): PublishUnit {
  const event = {} as PreparedEvent;
  return {
    events: Array.from({ length: events }, () => event),
    bytes,
    deadline: bytes,
    others,
    resolve: () => undefined,
    reject: () => undefined,
  };
}

function queueOf(...units: readonly PublishUnit[]): PublishQueue {
  const queue = new PublishQueue(new PendingBytes(1_000, 1));
  for (const each of units) {
    queue.accepted(each);
    queue.add(each);
  }
  return queue;
}

describe('the queue of a publisher', () => {
  it('removes the oldest units up to a number of events', () => {
    const [a, b, c] = [unit(2, 10), unit(2, 20), unit(2, 30)];
    const queue = queueOf(a, b, c);
    expect(queue.take(5, 1_000)).toEqual({ units: [a, b], count: 4, deadline: 10, others: undefined });
    expect(queue.length).toBe(1);
    expect(queue.take(5, 1_000).units).toEqual([c]);
    expect(queue.length).toBe(0);
  });

  it('removes units up to a number of bytes, but at least one unit', () => {
    const [a, b] = [unit(1, 500), unit(1, 1)];
    const queue = queueOf(a, b);
    expect(queue.take(10, 100).units).toEqual([a]);
    expect(queue.take(10, 100).units).toEqual([b]);
  });

  it('units with different conditions are not sent together', () => {
    const [a, b, c] = [unit(1, 1, 7), unit(1, 1, 7), unit(1, 1)];
    const queue = queueOf(a, b, c);
    expect(queue.take(10, 100)).toMatchObject({ units: [a, b], others: 7 });
    expect(queue.take(10, 100)).toMatchObject({ units: [c], others: undefined });
  });

  it('counts bytes until a unit has its reply, and is idle when all have their replies', async () => {
    const [a, b] = [unit(1, 10), unit(1, 20)];
    const queue = queueOf(a, b);
    queue.take(10, 100);
    expect(queue.bytes).toBe(30);
    let isIdle = false;
    const idle = queue.idle().then(() => {
      isIdle = true;
    });
    queue.answered(a);
    await Promise.resolve();
    expect([queue.bytes, isIdle]).toEqual([20, false]);
    queue.answered(b);
    await idle;
    expect(queue.bytes).toBe(0);
    await queue.idle();
  });
});

it('the reply of a call: each unit gets the words of its events, also for duplicates', () => {
  const events = (...ids: readonly string[]) => ({ events: ids.map((id) => ({ id }) as PreparedEvent) });
  expect(parsePublishReply([events('a'), events('b', 'c')], '1-0 =x@y@2-0 3-0')).toEqual([
    [{ id: 'a', streamId: '1-0', duplicate: false }],
    [
      { id: 'x@y', streamId: '2-0', duplicate: true },
      { id: 'c', streamId: '3-0', duplicate: false },
    ],
  ]);
});
