import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeSettle, type Settle, sentBefore, settleKeys } from '../../runtime/redis/consume/encode-settle.js';
import { settleScript } from '../../runtime/redis/consume/settle.lua.js';
import { Tally } from '../../runtime/redis/statistics/counters.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { useRedis } from '../support/redis/redis.js';
import { arbitrarySettles } from '../support/redis/settles.js';

const server = useRedis();
const keys = partitionKeys('hyvve', 0);
const group = keys.group('billing');
let redis: Redis;

beforeAll(() => {
  redis = new Redis(server.url);
});

afterAll(() => redis.disconnect());

/** The content of the group's keys; for sorted sets only the members. */
interface State {
  readonly pending: Set<string>;
  readonly completed: Map<string, string>;
  readonly retries: Map<string, string>;
  readonly claims: Map<string, string>;
  readonly ahead: Set<string>;
  readonly sets: Map<string, Set<string>>;
  readonly dead: Set<string>;
  readonly log: string[];
}

function setOf(state: State, name: string): Set<string> {
  const set = state.sets.get(name) ?? new Set();
  state.sets.set(name, set);
  return set;
}

/** Creates the entries and claims of the settles. */
async function prepare(settles: readonly Settle[]): Promise<State> {
  await redis.flushall();
  await redis.xgroup('CREATE', keys.events, 'billing', '0', 'MKSTREAM');
  const [pending, completed] = [new Set<string>(), new Map<string, string>()];
  const state: State = {
    pending,
    completed,
    retries: new Map(),
    claims: new Map(),
    ahead: new Set(),
    sets: new Map(),
    dead: new Set(),
    log: [],
  };
  for (const { delivery } of settles) {
    const { claimed, entryId, deliveryCount, completedHandlers = [] } = delivery;
    if (claimed === undefined) {
      await redis.xadd(keys.events, entryId, 'e', '{}');
      await redis.xreadgroup('GROUP', 'billing', 'worker', 'STREAMS', keys.events, '>');
      const claim = [keys.events, 'billing', 'worker', 0, entryId, 'RETRYCOUNT', deliveryCount, 'JUSTID'] as const;
      await redis.call('XCLAIM', ...claim);
      pending.add(entryId);
      for (const handler of completedHandlers ?? []) {
        await redis.hset(group.completedHandlers, `${entryId}/${handler}`, '1');
        completed.set(`${entryId}/${handler}`, '1');
      }
      continue;
    }
    await redis.hset(group.scheduledRetries, entryId, 'before');
    await redis.hset(group.claims, entryId, claimed.claim);
    await redis.zadd(group.due(claimed.handler), 1, entryId);
    state.retries.set(entryId, 'before');
    state.claims.set(entryId, claimed.claim);
    setOf(state, claimed.handler).add(entryId);
  }
  return state;
}

/** The expected effects of a settle. */
function apply(state: State, { delivery, operations, ended }: Settle): void {
  const { claimed, entryId, deliveryCount, completedHandlers } = delivery;
  const runsBefore = deliveryCount - 1;
  for (const operation of operations) {
    const ref = claimed === undefined ? `${entryId}/${operation.handler}` : entryId;
    if (claimed !== undefined) {
      state.retries.delete(ref);
      setOf(state, claimed.handler).delete(ref);
      state.claims.delete(ref);
    }
    if (operation.kind === 'scheduled') {
      state.retries.set(ref, JSON.stringify(operation.retry));
      setOf(state, operation.handler).add(ref);
      state.log.push(operation.logKind);
    } else if (operation.kind === 'parked') {
      state.retries.set(ref, JSON.stringify(operation.retry));
      setOf(state, operation.set).add(ref);
      state.ahead.add(operation.set);
      if (runsBefore > 0) state.claims.set(ref, `${runsBefore}|`);
      state.log.push('parked');
    } else if (operation.kind === 'dead') {
      state.dead.add(ref);
      state.log.push('dead');
    } else if (operation.kind === 'skipped' || operation.logDetail !== '') {
      state.log.push(operation.kind);
    }
    if (claimed === undefined && !ended) state.completed.set(ref, '1');
  }
  if (claimed !== undefined || !ended) return;
  state.pending.delete(entryId);
  for (const handler of completedHandlers ?? []) state.completed.delete(`${entryId}/${handler}`);
}

async function read(names: Iterable<string>): Promise<State> {
  const pending = (await redis.xpending(keys.events, 'billing', '-', '+', 1_000)) as [string][];
  const hash = async (key: string) => new Map(Object.entries(await redis.hgetall(key)));
  const fields = (await redis.xrange(keys.log, '-', '+')).map(([, all]) => all[1] ?? '');
  const sets = new Map<string, Set<string>>();
  for (const name of names) sets.set(name, new Set(await redis.zrange(group.due(name), 0, -1)));
  return {
    pending: new Set(pending.map(([id]) => id)),
    completed: await hash(group.completedHandlers),
    retries: await hash(group.scheduledRetries),
    claims: await hash(group.claims),
    ahead: new Set(await redis.hkeys(group.ahead)),
    sets,
    dead: new Set(await redis.hkeys(group.dead)),
    log: fields.sort(),
  };
}

it('⚑ any settles of one call: afterwards, and if it is sent again, the keys have exactly the content that the outcomes require', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySettles, async (drawn) => {
      // Stream ids increase, and a ref has one claim.
      const settles = drawn.map((settle, index): Settle => {
        const id = `${index + 1}-0`;
        const { claimed } = settle.delivery;
        if (claimed === undefined) {
          return { ...settle, delivery: { ...settle.delivery, entryId: id, streamId: id, deliveryPrefix: id } };
        }
        const ref = `${id}/${claimed.handler}`;
        const operations = settle.operations.map((operation) => ({ ...operation, handler: claimed.handler }));
        const delivery = { ...settle.delivery, entryId: ref, claimed: { ...claimed, ref } };
        return { ...settle, operations, delivery };
      });
      const state = await prepare(settles);
      const { minute, hour } = keys.counters(1);
      const input = encodeSettle({
        settles,
        keys: [...settleKeys(keys.events, keys, group), minute, hour],
        dueSet: group.due,
        group: 'billing',
        consumer: 'worker',
        handlersVersion: '0',
        // In the past: an entry that is not pending is refused.
        heldUntil: 1,
        leaseMs: 1_000,
        handOver: 0,
        counted: new Tally(),
        peers: { operationsFor: () => [] },
      });
      const [done, refused, dues] = await settleScript.call(input)(redis);
      for (const settle of settles) apply(state, settle);
      state.log.sort();
      expect([done, refused]).toEqual([1, []]);
      const scheduled = settles.flatMap(({ operations }) => operations.filter(({ kind }) => kind === 'scheduled'));
      expect(dues).toHaveLength(scheduled.length);
      expect(await read(state.sets.keys())).toEqual(state);
      // The reply was lost, and the call is sent again.
      await settleScript.call(sentBefore(input))(redis);
      expect(await read(state.sets.keys())).toEqual(state);
    }),
    { numRuns: 60 },
  );
});
