import type { EncodedInput } from '../../../runtime/redis/connection/define-script.js';

/** An operation in the form that the settle script reads: its values by name, as text. */
export type DecodedOperation = Readonly<Record<string, string>>;

/** The values that the settle script reads from its keys and arguments. */
export interface DecodedSettle {
  readonly named: readonly string[];
  /** Id and delivery count of entries that were only completed. */
  readonly simple: readonly (readonly [id: string, deliveryCount: string])[];
  /** Entries that one ordered handler has completed. */
  readonly inOrder: readonly {
    readonly id: string;
    readonly handler: string;
    readonly queueKey: string;
    readonly queueDueSet: string;
  }[];
  readonly entries: readonly {
    readonly id: string;
    readonly prefix: string;
    readonly streamId: string;
    readonly deliveryCount: string;
    readonly isFinal: boolean;
    readonly completed: readonly string[];
    readonly operations: readonly DecodedOperation[];
  }[];
  readonly retries: readonly {
    readonly ref: string;
    readonly claim: string;
    readonly streamId: string;
    readonly dueSet: string;
    readonly operations: readonly DecodedOperation[];
  }[];
  readonly counters: readonly (readonly [name: string, count: string])[];
}

const namedKeys = 13;
const namedArgs = 12;

/** Decodes a call of the settle script like its Lua code. */
export function decodeSettle({ keys, args }: EncodedInput): DecodedSettle {
  // The last two of them are the entries that were only completed.
  let at = namedArgs - 2;
  const take = () => {
    const value = args[at];
    if (value === undefined) throw new Error(`there is no argument ${at}`);
    at += 1;
    return String(value);
  };
  const many = <T>(read: () => T): T[] => Array.from({ length: Number(take()) }, read);
  const takeSet = () => keys[namedKeys + Number(take())] ?? 'none';
  const operations = () => {
    const count = Number(take());
    const end = Number(take()) + at;
    const read = Array.from({ length: count }, (): DecodedOperation => {
      const [kind, handler, logDetail, queueKey] = [take(), take(), take(), take()];
      const queue = queueKey === '' ? {} : { queueKey, queueDueSet: takeSet() };
      const operation: DecodedOperation & { readonly kind: string } = { kind, handler, logDetail, ...queue };
      if (operation.kind === 'scheduled') {
        return { ...operation, logKind: take(), retry: take(), delayMs: take(), dueSet: takeSet() };
      }
      if (operation.kind === 'waiting') return { ...operation, retry: take() };
      if (operation.kind === 'dead') {
        const dead = { ...operation, reason: take(), detail: take(), envelope: take() };
        const unreadFor = many(() => `${take()} ${takeSet()}`);
        return unreadFor.length === 0 ? dead : { ...dead, unreadFor: unreadFor.join() };
      }
      if (operation.kind === 'parked') return { ...operation, retry: take(), set: take(), dueSet: takeSet() };
      return operation;
    });
    if (at !== end) throw new Error(`the operations end at ${at}, not at ${end}`);
    return read;
  };
  const onceCount = Number(take());
  const once = take().split(' ').slice(1);
  if (once.length !== onceCount) throw new Error(`${once.length} ids, not ${onceCount}`);
  const plain = many(() => [take(), take()] as const);
  const inOrder = many(() => {
    const [handler, queueDueSet] = [take(), takeSet()];
    return many(() => ({ id: take(), handler, queueKey: take(), queueDueSet }));
  }).flat();
  const entries = many(() => ({
    id: take(),
    prefix: take(),
    streamId: take(),
    deliveryCount: take(),
    isFinal: take() === '1',
    completed: many(take),
    operations: operations(),
  }));
  const retries = many(() => ({
    ref: take(),
    claim: take(),
    streamId: take(),
    dueSet: takeSet(),
    operations: operations(),
  }));
  const counters: (readonly [string, string])[] = [];
  while (at < args.length) counters.push([take(), take()]);
  const named = args.slice(0, namedArgs - 2).map(String);
  const simple = [...once.map((id) => [id, '1'] as const), ...plain];
  return { named, simple, inOrder, entries, retries, counters };
}
