import type { GroupKeys, Keys } from '../store/keys.js';
import { ReplayEntryReader, type ReplayedEntry } from '../store/replay-entry.js';
import type { RawEntry } from './raw-entry.js';

/** Properties that differ between the two streams of a group. */
export interface LaneSpec {
  readonly kind: 'live' | 'replay';
  /** Redis key of the stream. */
  readonly stream: string;
  /** Redis key of the group's state for this stream. */
  readonly stateKey: string;
  /** Start position of a new group, in the syntax of XGROUP CREATE. */
  readonly startFrom: string;
  /** Prefix of the delivery keys of this lane in the process: ids of the two streams may be equal. */
  readonly keyPrefix: string;
  /** Returns the replay of an entry; undefined for an entry of the event stream. */
  readonly replayOf: (entry: RawEntry) => ReplayedEntry | undefined;
  /** Number of free slots that this lane may use now. */
  readonly freeSlots: (slots: FreeSlots) => number;
}

/** Free slots for deliveries. */
export interface FreeSlots {
  readonly free: number;
  /** Number of free slots that replays may use. */
  readonly freeForReplays: number;
}

/** The event stream. @param startFrom Start position of a new group. */
export function liveLane(keys: Keys, group: GroupKeys, startFrom: string): LaneSpec {
  return {
    kind: 'live',
    stream: keys.events,
    stateKey: group.state,
    startFrom,
    keyPrefix: '',
    replayOf: () => undefined,
    freeSlots: (slots) => slots.free,
  };
}

/** The stream of replayed events. A new group reads it from the beginning: each entry names its target groups. */
export function replayLane(keys: Keys, group: GroupKeys): LaneSpec {
  const reader = new ReplayEntryReader(group.name);
  return {
    kind: 'replay',
    stream: keys.replay,
    stateKey: group.replayState,
    startFrom: '0',
    keyPrefix: 'replay/',
    replayOf: ([id, fields]) => reader.read(id, fields),
    freeSlots: (slots) => slots.freeForReplays,
  };
}
