import type { Attempt, WholeEvent } from '../../../../answers.js';

type GroupState = WholeEvent['groups'][number];
type HandlerState = GroupState['handlers'][number];

/** A handler with its log entries, oldest first. Entries of replays are left out: they do not change the status of an event. */
export interface Delivery {
  readonly group: string;
  readonly handler: string;
  /** Undefined for a handler that the group no longer has. */
  readonly state: HandlerState | undefined;
  readonly lines: readonly Attempt[];
}

/** The parts of an error that a handler threw. */
export interface ErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** Every current and former handler, in the order of groups; in each group, failed ones first. */
export function deliveriesOf(groups: readonly GroupState[], lines: readonly Attempt[]): readonly Delivery[] {
  const own = lines.filter(({ replayJobId, handler }) => replayJobId === undefined && handler !== '*');
  const byHandler = grouped(own, keyOf);
  const known = groups.flatMap(({ group, handlers }) =>
    handlers.toSorted(byUrgency).map((state): Delivery => {
      const { handler } = state;
      return { group, handler, state, lines: byHandler.get(keyOf({ group, handler })) ?? [] };
    }),
  );
  const names = new Set(known.map(keyOf));
  const former = [...byHandler.values()].flatMap((of): Delivery[] => {
    const [first] = of;
    if (first === undefined || names.has(keyOf(first))) return [];
    return [{ group: first.group, handler: first.handler, state: undefined, lines: of }];
  });
  return [...known, ...former];
}

/** Number of runs of the handler. The log has no entry if the first run succeeded. */
export function runsOf({ state, lines }: Delivery): number {
  const logged = Math.max(0, ...lines.map(({ attempt }) => attempt ?? 0));
  return logged === 0 && state?.status === 'COMPLETED' ? 1 : logged;
}

/** The parts of an error that are shown; undefined if the log entry has no error. */
export function errorOf(error: unknown): ErrorFacts | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, message, code } = error as Readonly<Record<string, unknown>>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
    ...(typeof code === 'string' ? { code } : {}),
  };
}

function keyOf({ group, handler }: Pick<Attempt, 'group' | 'handler'>): string {
  return `${group} ${handler}`;
}

function grouped(
  lines: readonly Attempt[],
  keyOfLine: (line: Attempt) => string,
): ReadonlyMap<string, readonly Attempt[]> {
  const groups = new Map<string, Attempt[]>();
  for (const line of lines) {
    const group = groups.get(keyOfLine(line));
    if (group === undefined) groups.set(keyOfLine(line), [line]);
    else group.push(line);
  }
  return groups;
}

const urgent = ['DLQ', 'FAILED', 'PROCESSING', 'PENDING'];

function byUrgency(a: HandlerState, b: HandlerState): number {
  const rank = ({ status }: HandlerState) => (urgent.includes(status) ? urgent.indexOf(status) : urgent.length);
  return rank(a) - rank(b) || a.handler.localeCompare(b.handler);
}
