import { afterEach, expect, it } from 'vitest';
import { hashSlot } from '../../runtime/redis/connection/hash-slot.js';
import { newScript, type Script, type ScriptArgument } from '../../runtime/redis/connection/script.js';
import { claimScript, releaseClaimsScript } from '../../runtime/redis/consume/claim.lua.js';
import { encodeSettle, type Settle, settleKeys } from '../../runtime/redis/consume/encode-settle.js';
import { ensureGroupScript } from '../../runtime/redis/consume/lane.lua.js';
import { settleScript } from '../../runtime/redis/consume/settle.lua.js';
import type { SettleOperation } from '../../runtime/redis/consume/settle-operation.js';
import {
  expireDeadLettersScript,
  removeConsumersScript,
  retireHandlersScript,
  trimScript,
} from '../../runtime/redis/maintain/maintain.lua.js';
import { expireParkedScript } from '../../runtime/redis/maintain/parked.lua.js';
import { Tally } from '../../runtime/redis/statistics/counters.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { removals } from '../../runtime/redis/store/prelude.lua.js';
import { useTwoNodes } from '../support/redis/two-nodes.js';

const cluster = useTwoNodes();
const keys = partitionKeys('hyvve', 0);
const group = keys.group('billing');
const { minute, hour } = keys.counters(1);
const common = { group: 'billing', dlq: keys.dlq, log: keys.log, minute, hour, iso: '2026-01-01T00:00:00.000Z' };
const { state, completedHandlers, scheduledRetries: retries, claims, dead, ahead, handlers, seen, since } = group;
const { consumers, alive, closed } = group;
const due = group.due('bill');
const parked = group.due('parked');
const streams: readonly string[] = [keys.events, keys.replay, keys.dlq, keys.log];
const ofGroup = [state, completedHandlers, retries, claims, dead, ahead, handlers, seen, since, consumers, group.heads];
const hashes = [...ofGroup, keys.groups];
const sets = [alive, closed, due, parked, group.due('mail'), group.due('parked-2'), group.waiting];

/** One call of a script, and the exact content of the keys that it empties. */
interface Emptying {
  readonly script: Script;
  readonly call: { readonly keys: readonly string[]; readonly args: readonly ScriptArgument[] };
  readonly content: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** Adds entries to streams. */
  readonly prepare?: () => Promise<unknown>;
}

const retry = {
  eventId: 'e',
  type: 'a.b',
  tenantId: 't',
  correlationId: 'c',
  attempt: 2,
  streamId: '1-0',
  envelope: '{}',
};
const completed = (handler: string): SettleOperation => ({ kind: 'completed', handler, logDetail: '' });
const scheduled: SettleOperation = {
  kind: 'scheduled',
  handler: 'bill',
  retry,
  delayMs: 1,
  logKind: 'failed',
  logDetail: '{}',
};
const ofRetry = (ref: string, operation = completed('bill')): Settle => ({
  delivery: {
    entryId: ref,
    streamId: '1-0',
    deliveryPrefix: '1-0',
    deliveryCount: 1,
    completedHandlers: undefined,
    claimed: { ref, claim: '1|worker', handler: 'bill', retry },
  },
  operations: [operation],
  ended: true,
});
const ofEntry = (id: string, completedHandlers: readonly string[] | undefined, ended: boolean): Settle => ({
  delivery: { entryId: id, streamId: id, deliveryPrefix: id, deliveryCount: 1, claimed: undefined, completedHandlers },
  operations: [completed('mail')],
  ended,
});

function settling(settles: readonly Settle[], content: Emptying['content']): Emptying {
  const call = encodeSettle({
    settles,
    keys: [...settleKeys(keys.events, keys, group), minute, hour],
    dueSet: group.due,
    group: 'billing',
    consumer: 'worker',
    handlersVersion: '0',
    heldUntil: 1,
    leaseMs: 1_000,
    handOver: 0,
    peers: { operationsFor: () => [] },
    counted: new Tally(),
  });
  return { script: settleScript, call, content };
}

async function deadLetters(): Promise<void> {
  await cluster.nodes.owner.xdel(keys.dlq, '1-0');
  const fields = ['group', 'billing', 'handler', 'bill', 'stream', '1-0', 'd', '{}'];
  for (const id of ['5-0', '6-0']) await cluster.nodes.owner.xadd(keys.dlq, id, ...fields, 'ref', `${id}/bill`);
}

const handler = { due, name: 'bill', limit: 9, byKey: 0 };
const claimLimits = { limit: 9, quarantinedLimit: 9, quarantineFrom: 9, maxBytes: 1_000_000 };
const ofClaims = {
  delayMs: 0,
  claims,
  claimed: ['1-0/bill', '2-0/bill'].map((ref) => ({ ref, claim: '1|worker', due })),
};

const cases: Readonly<Record<string, Emptying>> = {
  'settle: the marks of one entry are removed, another entry gets a mark': settling(
    [ofEntry('1-0', ['bill'], true), ofEntry('2-0', undefined, false)],
    { [completedHandlers]: { '1-0/bill': '1' } },
  ),
  'settle: a retry is completed, and the claim of another one is refused': settling(
    [ofRetry('1-0/bill'), ofRetry('2-0/bill')],
    { [claims]: { '1-0/bill': '1|worker' }, [retries]: { '1-0/bill': '{}' }, [due]: { '1-0/bill': 1 } },
  ),
  'settle: a retry is completed, and another one is scheduled again': settling(
    [ofRetry('1-0/bill'), ofRetry('2-0/bill', scheduled)],
    {
      [claims]: { '1-0/bill': '1|worker', '2-0/bill': '1|worker' },
      [retries]: { '1-0/bill': '{}' },
      [due]: { '1-0/bill': 1 },
    },
  ),
  'settle: a retry is parked, and another one of its handler is scheduled': settling(
    [
      ofRetry('1-0/bill', { kind: 'parked', handler: 'bill', retry, set: 'parked', logDetail: '{}' }),
      ofRetry('2-0/bill', scheduled),
    ],
    { [claims]: { '1-0/bill': '1|worker', '2-0/bill': '1|worker' }, [due]: { '1-0/bill': 1 } },
  ),
  'settle: the same retry twice': settling([ofRetry('1-0/bill'), ofRetry('1-0/bill', scheduled)], {
    [claims]: { '1-0/bill': '1|worker' },
    [retries]: { '1-0/bill': '{}' },
    [due]: { '1-0/bill': 1 },
  }),
  'claim: the due set has a ref without a retry, a parked retry is claimed': {
    script: claimScript,
    call: claimScript.encode({
      retries,
      claims,
      ahead,
      heads: group.heads,
      waiting: group.waiting,
      partition: keys.partition,
      consumer: 'worker',
      leaseMs: 9_000,
      ...claimLimits,
      handlers: [handler],
      parked: [
        { set: parked, name: 'parked', of: 1 },
        { set: group.due('parked-2'), name: 'parked-2', of: 1 },
      ],
    }),
    content: {
      [due]: { '1-0/bill': 1 },
      [claims]: { '1-0/bill': '1|gone' },
      [parked]: { '2-0/bill': 1 },
      [retries]: { '2-0/bill': '{}' },
      [ahead]: { parked: '1', 'parked-2': '1' },
      [keys.partition]: { epoch: '1' },
    },
  },
  'release-claims: another process has claimed the second retry': {
    script: releaseClaimsScript,
    call: releaseClaimsScript.encode(ofClaims),
    content: { [claims]: { '1-0/bill': '1|worker' } },
  },
  'retire-handlers: the last handler that was seen, before another one': {
    script: retireHandlersScript,
    call: retireHandlersScript.encode({
      state,
      handlers,
      seen,
      retries,
      claims,
      dead,
      since,
      ahead,
      heads: group.heads,
      waiting: group.waiting,
      ...common,
      graceMs: 1,
      limit: 9,
      named: [
        { due, handler: 'bill' },
        { due: group.due('mail'), handler: 'mail' },
      ],
      parked: [{ set: parked, name: 'parked', handler: 'bill' }],
    }),
    content: {
      [handlers]: { bill: 'a.b' },
      [seen]: { bill: 1 },
      [since]: { bill: '0-0' },
      [due]: { '1-0/bill': 1 },
      [parked]: { '2-0/bill': 1 },
      [retries]: { '1-0/bill': JSON.stringify(retry), '2-0/bill': JSON.stringify(retry) },
      [claims]: { '1-0/bill': '1|gone' },
      [ahead]: { parked: 1 },
    },
  },
  'trim: a group that Redis and the runtime both know': {
    script: trimScript,
    call: trimScript.encode({
      events: keys.events,
      log: keys.log,
      replay: keys.replay,
      groups: keys.groups,
      limit: 9,
      eventsMs: 1,
      logMs: 1_000_000_000,
      replayMs: 1_000_000_000,
      maxHoldMs: 1,
      known: [{ state, closed, group: 'billing' }],
    }),
    content: { [closed]: { 'EXPIRED 1-0/bill': 1 }, [state]: { passedAt: '1' }, [keys.groups]: { billing: '1' } },
    prepare: async () => {
      await cluster.nodes.owner.xtrim(keys.events, 'MAXLEN', 0);
      await cluster.nodes.owner.xack(keys.events, 'billing', '1-0', '2-0');
    },
  },
  'expire-dead-letters: two letters of a group, one of them in its index': {
    script: expireDeadLettersScript,
    call: expireDeadLettersScript.encode({
      dlq: keys.dlq,
      log: keys.log,
      retentionMs: 1,
      limit: 9,
      known: [{ dead, closed, group: 'billing' }],
    }),
    content: { [dead]: { '5-0/bill': '5-0' } },
    prepare: deadLetters,
  },
  'expire-parked: the retries of one set are the last ones, before another set': {
    script: expireParkedScript,
    call: expireParkedScript.encode({
      ahead,
      retries,
      claims,
      dead,
      heads: group.heads,
      waiting: group.waiting,
      ...common,
      maxParkMs: 1,
      limit: 9,
      parked: ['parked', 'parked-2'].map((name) => {
        return { set: group.due(name), due, name, handler: 'bill', leaves: 1, message: 'x' };
      }),
    }),
    content: {
      [ahead]: { parked: 1, 'parked-2': 1 },
      [retries]: { '1-0/bill': JSON.stringify(retry) },
      [claims]: { '1-0/bill': '1|gone' },
      [parked]: { '1-0/bill': 1 },
      [group.due('parked-2')]: { '2-0/bill': 1 },
    },
  },
  'remove-consumers: the last consumer': {
    script: removeConsumersScript,
    call: removeConsumersScript.encode({
      stream: keys.replay,
      consumers,
      alive,
      group: 'billing',
      deadAfterMs: 1,
    }),
    content: { [consumers]: { worker: '{}' }, [alive]: { worker: 1 } },
  },
  'ensure-group: the state of a retired group has nothing else': {
    script: ensureGroupScript,
    call: ensureGroupScript.encode({
      stream: keys.replay,
      state,
      groups: keys.groups,
      log: keys.log,
      partition: keys.partition,
      group: 'another',
      startFrom: '0',
      remembered: '',
      epoch: 1,
    }),
    content: { [state]: { retiredAt: '1' }, [keys.partition]: { epoch: '1' } },
  },
  'removals: more than one call, of which the first one empties the key': {
    script: newScript(
      'many-removals',
      'drain',
      `${removals}
for i = 1, 2500 do remove_later('HDEL', KEYS[1], 'f' .. i) end
for i = 1, 1500 do remove_later('ZREM', KEYS[2], 'f' .. i) end
remove_now()
return 1`,
    ),
    call: { keys: [dead, due], args: [] },
    content: {
      [dead]: Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`f${n + 1}`, 1])),
      [due]: Object.fromEntries(Array.from({ length: 1_500 }, (_, n) => [`f${n + 1}`, 1])),
    },
  },
};

/** All keys of the slot with some content, except those whose content is given. */
async function prepare({ content, prepare: more }: Emptying): Promise<void> {
  const { owner } = cluster.nodes;
  const pipeline = owner.pipeline().flushall();
  const filled = Object.fromEntries([...hashes, ...sets, minute, hour].map((key) => [key, { another: 0 }]));
  for (const [key, fields] of Object.entries({ ...filled, ...content })) {
    for (const [name, value] of Object.entries(fields)) {
      if (sets.includes(key)) pipeline.zadd(key, value, name);
      else pipeline.hset(key, name, value);
    }
  }
  for (const key of streams) pipeline.xadd(key, '1-0', 'e', '{}');
  pipeline.xadd(keys.events, '2-0', 'e', '{}');
  for (const key of [keys.events, keys.replay]) pipeline.xgroup('CREATE', key, 'billing', '0');
  pipeline.xreadgroup('GROUP', 'billing', 'worker', 'STREAMS', keys.events, '>');
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  await more?.();
}

/** Content of all keys. New entries have names instead of their ids, and present times are left out: two calls differ in them. */
async function everything(): Promise<unknown> {
  const { owner } = cluster.nodes;
  const found: Record<string, unknown> = {};
  const letters = new Map<string, string>();
  for (const key of (await owner.keys('*')).sort()) {
    if (streams.includes(key)) {
      const groups = (await owner.xinfo('GROUPS', key)) as [string, string][];
      const rows = await Promise.all(groups.map(([, name]) => owner.xpending(key, name, '-', '+', 9)));
      // Without the time since its delivery.
      const pending = (rows as [string, string, number, number][][]).map((of) => of.map((row) => row.toSpliced(2, 1)));
      // An entry of the log can have the same id as a dead letter, so each stream has its own names.
      const entries = (await owner.xrange(key, '-', '+')).map(([id, fields], n) => {
        if (!/^\d{13}-/.test(id)) return [id, fields];
        if (key === keys.dlq) letters.set(id, `letter ${n}`);
        return [`entry ${n}`, fields];
      });
      found[key] = [entries, groups, pending];
    } else if (sets.includes(key)) found[key] = await owner.zrange(key, 0, -1, 'WITHSCORES');
    else found[key] = Object.entries(await owner.hgetall(key)).sort();
  }
  const text = JSON.stringify(found).replace(/\d{13}-\d+/g, (id) => letters.get(id) ?? id);
  return JSON.parse(text.replace(/\d{13}/g, 'now'));
}

async function run({ script, call }: Emptying): Promise<string | undefined> {
  return cluster.nodes.owner
    .eval(script.source, call.keys.length, ...call.keys, ...call.args)
    .then(() => undefined)
    .catch((error: unknown) => String(error instanceof Error ? error.message : error));
}

const slot = hashSlot('hyvve:0');
afterEach(() => cluster.nodes.settleSlot(slot));

it.for(Object.entries(cases))('⚑ in a slot that is being moved as otherwise: %s', async ([, each]) => {
  const { migrate, settleSlot, owner } = cluster.nodes;
  await prepare(each);
  const before = await everything();
  expect(await run(each)).toBeUndefined();
  const after = await everything();
  expect(after).not.toEqual(before);
  await prepare(each);
  await migrate(slot);
  expect(await run(each)).toBeUndefined();
  expect(await everything()).toEqual(after);
  for (const absent of new Set(each.call.keys)) {
    await settleSlot(slot);
    await prepare(each);
    await owner.del(absent);
    await migrate(slot);
    const state = await everything();
    expect(await run(each), absent).toMatch(/^(TRYAGAIN|ASK) /);
    expect(await everything()).toEqual(state);
  }
});
