import type { EventOperator, Page, TransitionLogEntry } from '@hyvve-events/runtime';
import type { Redis } from 'ioredis';
import { takes } from '../history/facts/registrations.js';
import type { FinalDelivery, HandlerRecord, HistoryRecord, StreamEntry, Transition } from '../history/history.js';
import type { NewRecord, Recorder } from './recorder.js';
import { envelopeOf } from './side-client.js';

const pageSize = 5_000;
/** Number of events whose status is read in any case. */
const samples = 100;
/** Number of events whose status is read in parallel. */
const together = 200;

type Delivery = Omit<NewRecord<FinalDelivery>, 'kind'>;
type Entry = NewRecord<StreamEntry>;

/**
 * Records what the system contains at the end: its log, its stream and states of deliveries.
 * Nothing may change it meanwhile: the processes of the test have ended.
 * @param before The records of the test.
 * @param killed Calls of operators that were killed meanwhile.
 */
export async function recordFinalState(
  recorder: Recorder,
  operator: EventOperator,
  redis: Redis,
  before: readonly HistoryRecord[],
  killed: readonly KilledCall[],
): Promise<void> {
  const log = await readLog(operator);
  for (const call of killed) recordKilledCall(recorder, call, log, before);
  for (const line of log) recorder.write(transitionOf(line), Number.parseInt(line.id, 10));
  const entries = await readStreams(redis);
  for (const entry of entries) recorder.write(entry);
  for (const delivery of await readDeliveries(operator, entries, before)) {
    recorder.write({ kind: 'delivery', ...delivery });
  }
  recorder.write({ kind: 'end', drained: await isDrained(operator) });
}

/** The call of an operator that was killed before it had the answer. */
export interface KilledCall {
  readonly deadLetterId: string;
  readonly change: 'retried' | 'edited' | 'discarded';
  /** Its beginning and its end, on the clock of the history. */
  readonly at: number;
  readonly until: number;
}

/** Whether the call succeeded is known only from the log: unless another operator has succeeded, a line there is from this call. */
function recordKilledCall(
  recorder: Recorder,
  call: KilledCall,
  log: readonly TransitionLogEntry[],
  before: readonly HistoryRecord[],
): void {
  const line = log.find(({ kind, deadLetterId }) => kind === call.change && deadLetterId === call.deadLetterId);
  if (line === undefined) return;
  const { group, handler, detail } = line;
  const actions = { retried: 'retry', edited: 'edit', discarded: 'discard' } as const;
  if (before.some((record) => record.kind === 'operator' && record.eventId === detail.eventId)) return;
  recorder.write(
    {
      kind: 'operator',
      action: actions[call.change],
      until: call.until,
      group,
      handler,
      eventId: String(detail.eventId),
      ...(call.change === 'edited' ? { newEventId: String(detail.newEventId) } : {}),
    },
    call.at,
  );
}

async function readLog(operator: EventOperator): Promise<TransitionLogEntry[]> {
  const lines: TransitionLogEntry[] = [];
  for (;;) {
    const last = lines.at(-1)?.id;
    const page = await operator.log({ limit: pageSize, ...(last === undefined ? {} : { after: last }) });
    lines.push(...page);
    if (page.length < pageSize) return lines;
  }
}

function transitionOf({
  id,
  kind,
  group,
  handler,
  streamId,
  reason,
  detail,
}: TransitionLogEntry): NewRecord<Transition> {
  const { eventId, replayJobId, jobId, from, to, stateLost } = detail;
  const job = replayJobId ?? jobId;
  const lost = { after: String(from), upTo: String(to) };
  return {
    kind: 'transition',
    position: id,
    change: kind,
    group,
    handler,
    streamId,
    ...(typeof eventId === 'string' ? { eventId } : {}),
    ...(typeof job === 'string' ? { replayJobId: job } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(kind === 'lost' && to !== undefined ? { lost } : {}),
    ...(stateLost === true ? { stateLost: true } : {}),
  };
}

async function readStreams(redis: Redis): Promise<Entry[]> {
  const count = Number((await redis.hget('{hyvve:map}', 'partitions')) ?? 1);
  const streams: Entry[][] = [];
  for (let index = 0; index < count; index += 1) streams.push(await readStream(redis, index));
  return streams.flat();
}

async function readStream(redis: Redis, partition: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let from = '-'; ; ) {
    const page = await redis.xrange(`{hyvve:${partition}}:events`, from, '+', 'COUNT', pageSize);
    for (const [id, [field, text]] of page) {
      const envelope = field === 'e' ? envelopeOf(text) : undefined;
      const event = envelope === undefined ? {} : { eventId: envelope.id, type: envelope.type };
      entries.push({ kind: 'stream', streamId: partition === 0 ? id : `${id}.${partition}`, ...event });
    }
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < pageSize) return entries;
    from = `(${last}`;
  }
}

/** The deliveries that are dead or parked, those of events that have a delivery without a completed run, and some others. */
async function readDeliveries(
  operator: EventOperator,
  entries: readonly Entry[],
  before: readonly HistoryRecord[],
): Promise<Delivery[]> {
  const dead = await allPages((query) => operator.deadLetters.list(query));
  const parked = await allPages((query) => operator.parked.list(query));
  const deliveries: Delivery[] = [
    ...dead.map((letter) => ({ ...letter, state: 'DLQ' }) as const),
    ...parked.map((each) => ({ ...each, state: 'PARKED' }) as const),
  ]
    .filter(({ replayJobId, handler }) => replayJobId === undefined && handler !== '*')
    .map(({ eventId, streamId, group, handler, state }) => ({ eventId, streamId, group, handler, state }));
  const known = new Set(deliveries.map(deliveryName));
  const ended = new Set([...known, ...completedDeliveries(before)]);
  const handlers = handlersOf(before);
  const isOpen = ({ streamId, type = '' }: Entry) =>
    handlers.some(
      ({ group, handler }) =>
        handler.replay !== 'only' &&
        takes(handler, type) &&
        !ended.has(deliveryName({ group, handler: handler.name, streamId })),
    );
  const open = entries.filter((entry, index) => entry.eventId !== undefined && (index < samples || isOpen(entry)));
  for (let at = 0; at < open.length; at += together) {
    const found = await Promise.all(open.slice(at, at + together).map((entry) => readStatus(operator, entry)));
    deliveries.push(...found.flat().filter((delivery) => !known.has(deliveryName(delivery))));
  }
  return deliveries;
}

async function readStatus(operator: EventOperator, { streamId, eventId = '' }: Entry): Promise<Delivery[]> {
  const groups = await operator.status({ streamId });
  return groups.flatMap(({ group, handlers }) =>
    handlers.map(({ handler, status }) => ({ eventId, streamId, group, handler, state: status })),
  );
}

function deliveryName({ group, handler, streamId }: Pick<Delivery, 'group' | 'handler' | 'streamId'>): string {
  return `${group}/${handler}/${streamId}`;
}

function completedDeliveries(records: readonly HistoryRecord[]): Set<string> {
  const runs = new Map<string, string>();
  const completed = new Set<string>();
  for (const record of records) {
    if (record.kind === 'run-start' && record.replayJobId === undefined) runs.set(record.run, deliveryName(record));
    if (record.kind === 'run-end' && record.outcome === 'completed') completed.add(runs.get(record.run) ?? '');
  }
  return completed;
}

/** The handlers of all processes. */
function handlersOf(records: readonly HistoryRecord[]): { readonly group: string; readonly handler: HandlerRecord }[] {
  const found = new Map<string, { readonly group: string; readonly handler: HandlerRecord }>();
  for (const record of records) {
    if (record.kind !== 'process-start') continue;
    const group = record.service;
    for (const handler of record.handlers) found.set(`${group}/${handler.name}`, { group, handler });
  }
  return [...found.values()];
}

/** Whether the system itself says that nothing is left to do. */
async function isDrained(operator: EventOperator): Promise<boolean> {
  const { groups } = await operator.statistics.snapshot();
  const replays = await allPages((query) => operator.replays.list(query));
  const isIdle = groups.every(({ pending, lag, scheduled, waiting, parked, replayPending, replayLag }) =>
    [pending, lag, scheduled, waiting, parked, replayPending, replayLag].every((count) => count === 0),
  );
  return isIdle && replays.every(({ status }) => status !== 'waiting' && status !== 'running');
}

async function allPages<Item>(
  read: (query: { readonly limit: number; readonly cursor?: string }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.cursor;
    if (cursor === undefined) return items;
  }
}
