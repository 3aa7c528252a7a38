import { handlersFor } from './dead-letters.js';
import { compareStreamIds } from './delivery.js';
import { fieldsOf, type GroupKeys, type Keys } from './keys.js';
import type { Link } from './link.js';

/** Where an event stands with a handler. Derived from what Redis holds for other ends, never stored. */
export type DeliveryStatus =
  /** The group has not read it yet. */
  | 'PENDING'
  /** A process has it. */
  | 'PROCESSING'
  /** It failed and waits for its next run, or waits for a process that has the handler. */
  | 'FAILED'
  /** It waits for a person. */
  | 'DLQ'
  | 'COMPLETED'
  /** A person discarded it. */
  | 'DISCARDED'
  /** It was passed over: held past `maxHold`, or its group is retired. */
  | 'EXPIRED';

export interface HandlerStatus {
  readonly handler: string;
  readonly status: DeliveryStatus;
  /** When FAILED: when it runs next, in milliseconds since 1970 by Redis's clock. */
  readonly dueAt?: number;
  /** When DLQ: its dead letter. */
  readonly deadLetterId?: string;
}

export interface GroupStatus {
  readonly group: string;
  /** Of the handlers that the group has for the event's type; none when it has none. */
  readonly handlers: readonly HandlerStatus[];
}

/** How an event stands in each group. @param type The event's type. */
export async function statusOf(link: Link, keys: Keys, streamId: string, type: string): Promise<GroupStatus[]> {
  const infos = (await link.watch(link.redis.xinfo('GROUPS', keys.events))) as unknown[][];
  const discarded = await discardedHandlers(link, keys, streamId);
  const groups: GroupStatus[] = [];
  for (const info of infos) {
    const { name = '', 'last-delivered-id': last = '0-0' } = fieldsOf(info.map(String));
    groups.push(await statusInGroup(link, keys, keys.group(name), { streamId, type, last, discarded }));
  }
  return groups.sort((a, b) => (a.group < b.group ? -1 : 1));
}

interface Question {
  readonly streamId: string;
  readonly type: string;
  readonly last: string;
  readonly discarded: ReadonlyMap<string, DeliveryStatus>;
}

async function statusInGroup(link: Link, keys: Keys, group: GroupKeys, question: Question): Promise<GroupStatus> {
  const { redis } = link;
  const { streamId, type, last, discarded } = question;
  const names = handlersFor(await link.watch(redis.hgetall(group.handlers)), type);
  const unread = compareStreamIds(streamId, last) > 0;
  const pending = await link.watch(redis.xpending(keys.events, group.name, streamId, streamId, 1));
  const handlers: HandlerStatus[] = [];
  for (const handler of names) {
    const ref = `${streamId}/${handler}`;
    const [row, claim, dead, mark, due] = await Promise.all([
      link.watch(redis.hexists(group.rows, ref)),
      link.watch(redis.hexists(group.claims, ref)),
      link.watch(redis.hget(group.dead, ref)),
      link.watch(redis.hexists(group.marks, ref)),
      link.watch(redis.zscore(group.due(handler), ref)),
    ]);
    if (unread) handlers.push({ handler, status: 'PENDING' });
    else if (dead !== null) handlers.push({ handler, status: 'DLQ', deadLetterId: dead });
    else if (claim === 1) handlers.push({ handler, status: 'PROCESSING' });
    else if (row === 1) handlers.push({ handler, status: 'FAILED', dueAt: Number(due) });
    else if (pending.length > 0 && mark === 0) handlers.push({ handler, status: 'PROCESSING' });
    else handlers.push({ handler, status: discarded.get(`${group.name}/${handler}`) ?? 'COMPLETED' });
  }
  return { group: group.name, handlers };
}

const logPage = 1_000;

/** What the log says of the event that no other key does: by `<group>/<handler>`. */
async function discardedHandlers(link: Link, keys: Keys, streamId: string): Promise<Map<string, DeliveryStatus>> {
  const found = new Map<string, DeliveryStatus>();
  let from = streamId;
  for (;;) {
    const page = await link.watch(link.redis.xrange(keys.log, from, '+', 'COUNT', logPage));
    for (const [, fields] of page) {
      const { k, group, handler, stream } = fieldsOf(fields);
      if (stream !== streamId) continue;
      if (k === 'discarded') found.set(`${group}/${handler}`, 'DISCARDED');
      else if (k === 'expired') found.set(`${group}/${handler}`, 'EXPIRED');
    }
    const lastRead = page.at(-1);
    if (lastRead === undefined || page.length < logPage) return found;
    from = `(${lastRead[0]}`;
  }
}
