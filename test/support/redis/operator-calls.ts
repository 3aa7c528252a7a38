import { AnythingNoted } from '../events/items.js';

const parkedId = Buffer.from(JSON.stringify(['billing', 'bill~shop.order.placed~2.0.0', 'ref', 1])).toString(
  'base64url',
);

const scanCursor = Buffer.from(JSON.stringify(['dlq', '', '0-0', 1, 0])).toString('base64url');

/** Every call of an operator, `part.method`, with valid arguments. */
export const operatorCalls: Readonly<Record<string, readonly unknown[]>> = {
  status: [{ eventId: 'e0m3abcdefghijklmnopqrst' }],
  replaysOf: [{ streamId: '1-1', type: AnythingNoted.type, tenantId: 'tenant-1' }],
  consumers: [],
  log: [{ limit: 10, after: '1-1' }],
  retireGroup: ['nobody', { actor: 'ada', from: '::1', job: 'bulk' }],
  'feed.entries': [{ limit: 10, after: '1-1' }],
  'feed.entry': ['1-1'],
  'feed.find': ['e0m3abcdefghijklmnopqrst'],
  'feed.ends': [],
  'feed.positions': [{ maxPending: 10 }],
  'feed.partitions': [],
  'deadLetters.count': [],
  'deadLetters.list': [{ limit: 10, cursor: '1-1' }],
  'deadLetters.get': ['1-1'],
  'deadLetters.retry': ['1-1', { actor: 'ada' }],
  'deadLetters.retryEdited': ['1-1', {}, { actor: 'ada' }],
  'deadLetters.discard': ['1-1', { actor: 'ada' }],
  'parked.count': [],
  'parked.list': [{ limit: 10, cursor: parkedId, group: 'notes' }],
  'parked.get': [parkedId],
  'parked.discard': [parkedId, { actor: 'ada' }],
  'replays.count': [replayRequest(), { maxScanned: 10 }],
  'replays.start': [replayRequest(), { actor: 'ada' }],
  'replays.get': ['replay-1'],
  'replays.list': [{ limit: 10, cursor: 'replay-1' }],
  'replays.cancel': ['replay-1', { actor: 'ada' }],
  'replays.resume': ['replay-1', { actor: 'ada' }],
  'statistics.snapshot': [{ partition: 0 }],
  'statistics.servers': [],
  'statistics.keyQueues': [{ partition: 0, group: 'notes', limit: 10 }],
  'statistics.durations': [],
  'statistics.series': [{ every: 'minute', from: new Date(), to: new Date(), by: ['type'], type: 'x', replays: true }],
  'partitions.map': [],
  'partitions.plan': [4, ['127.0.0.1:6379']],
  'partitions.grow': [4, { actor: 'ada' }, { onStep: () => undefined }],
  'partitions.drained': [],
  'versions.registry': [],
  'versions.scan': [{ type: 'x', limitMs: 10, cursor: scanCursor }],
};

function replayRequest(): object {
  return {
    from: new Date(0),
    to: new Date(),
    eventTypes: ['*'],
    tenantId: 'tenant-1',
    groups: ['notes'],
    handlers: [{ group: 'notes', handler: 'note' }],
    ratePerSecond: 10,
  };
}

/** Calls `name` (`part.method`) of an operator. */
export function callOf(operator: object, name: string, args: readonly unknown[]): Promise<unknown> {
  const [last = '', part] = name.split('.').reverse();
  const owner = (part === undefined ? operator : Reflect.get(operator, part)) as Record<string, never>;
  return (owner[last] as unknown as (...given: readonly unknown[]) => Promise<unknown>)(...args);
}
