import type { GroupKeys, Keys } from '../store/keys.js';
import { ReplayEntryReader, type ReplayedEntry } from '../store/replay-entry.js';
import type { RawEntry } from './raw-entry.js';

/** What distinguishes one stream of a group from the other. */
export interface LaneSpec {
  readonly kind: 'live' | 'replay';
  /** Redis key of the stream. */
  readonly stream: string;
  /** Redis key of the group's state for this stream. */
  readonly stateKey: string;
  /** Where a new group starts to read, as XGROUP CREATE takes it. */
  readonly startFrom: string;
  /** Start of the keys of this lane's entries in the process: the ids of two streams may be equal. */
  readonly keyPrefix: string;
  /** What an entry says about its replay; undefined for an entry of the event stream. */
  readonly replayOf: (entry: RawEntry) => ReplayedEntry | undefined;
  /** How many of the free slots this lane may use now. */
  readonly freeSlots: (slots: FreeSlots) => number;
}

/** Slots for deliveries that are free. */
export interface FreeSlots {
  readonly free: number;
  /** How many of them replays may take. */
  readonly freeForReplays: number;
}

/** The event stream. @param startFrom Where a new group starts to read. */
export function liveLane(keys: Keys, group: GroupKeys, startFrom: string): LaneSpec {
  return {
    ...{ kind: 'live', stream: keys.events, stateKey: group.state, startFrom, keyPrefix: '' },
    replayOf: () => undefined,
    freeSlots: (slots) => slots.free,
  };
}

/** The stream of replayed events. A new group reads it from its start: each entry names the groups that it is for. */
export function replayLane(keys: Keys, group: GroupKeys): LaneSpec {
  const reader = new ReplayEntryReader(group.name);
  return {
    ...{ kind: 'replay', stream: keys.replay, stateKey: group.replayState, startFrom: '0', keyPrefix: 'replay/' },
    replayOf: ([id, fields]) => reader.read(id, fields),
    freeSlots: (slots) => slots.freeForReplays,
  };
}
