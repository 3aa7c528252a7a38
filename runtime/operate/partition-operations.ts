import { type Check, type OptionTable, partitionCount } from '../options.js';
import type { CallTable } from './call-arguments.js';
import { type Actor, actor } from './dead-letter.js';

/** A partition, and where its keys are. */
export interface PartitionDescription {
  readonly partition: number;
  /** The slot of its keys in a Redis Cluster; without a cluster, the slot that they would have. */
  readonly slot: number;
  /** Address of the server that has it, `<host>:<port>`; undefined while none is known. */
  readonly server: string | undefined;
  /** The partition from which it was split; undefined if it existed from the start. */
  readonly parent: number | undefined;
  /** When it was split from its parent, ISO 8601; undefined if it existed from the start. */
  readonly splitAt: string | undefined;
}

/** One doubling of the number of partitions. */
export interface PartitionGrowth {
  /** Number of partitions after it. */
  readonly count: number;
  /** When it ended, ISO 8601. */
  readonly at: string;
}

/** The partition map, as it is in Redis. */
export interface PartitionMapDescription {
  /** Number of the map's version: each growth makes a new one. */
  readonly epoch: number;
  /** Number of partitions. */
  readonly count: number;
  /** The number of partitions at the end of the growth that is under way; undefined if there is none. */
  readonly growing: number | undefined;
  /** All growths, oldest first. */
  readonly growths: readonly PartitionGrowth[];
  /** By index. */
  readonly partitions: readonly PartitionDescription[];
}

/** A partition after the planned growth. */
export interface PlannedPartition {
  readonly partition: number;
  readonly slot: number;
  /** The server that has its slot at present, `<host>:<port>`. */
  readonly server: string | undefined;
  /** False if the growth creates it. */
  readonly exists: boolean;
  /** The partition from which the growth splits it; undefined if it exists. */
  readonly parent: number | undefined;
  /** The server to which the plan moves its slot; undefined if it stays. */
  readonly moveTo: string | undefined;
}

/** A master of the cluster in a plan. */
export interface PlannedMaster {
  /** `<host>:<port>`. */
  readonly address: string;
  /** How many of the partitions after the growth are in its slots at present. */
  readonly partitions: number;
  /** The same after the moves. */
  readonly planned: number;
}

/** How a slot is moved: while it is empty, or with its keys by the atomic slot migration of Redis 8.4 and Valkey 9. */
export type SlotMoveKind = 'empty' | 'atomic';

/** One slot to move before the growth. */
export interface SlotMove {
  readonly kind: SlotMoveKind;
  readonly slot: number;
  /** The partitions in this slot: one, except for very many partitions. */
  readonly partitions: readonly number[];
  /** Number of keys in the slot. */
  readonly keys: number;
  /** `<host>:<port>`. */
  readonly from: string;
  /** `<host>:<port>`. */
  readonly to: string;
  /** Commands for a shell, in their order. */
  readonly commands: readonly string[];
}

/** What a growth would create, and which slots to move before it so that each master gets the same number of partitions. */
export interface PartitionPlan {
  /** Number of partitions at present. */
  readonly present: number;
  /** Number of partitions after the growth. */
  readonly count: number;
  /** Name and version of the server, such as `Redis 7.0.15`. */
  readonly version: string;
  /** Whether it can move a slot with its keys without an interruption. */
  readonly atomicMigration: boolean;
  /** By index. */
  readonly partitions: readonly PlannedPartition[];
  /** By address. Empty without a Redis Cluster: there is nothing to move then. */
  readonly masters: readonly PlannedMaster[];
  /** In the order in which to make them. */
  readonly moves: readonly SlotMove[];
}

/** A step of a growth. Each doubling marks the growth in the map, seals and opens each partition, and writes the map. */
export interface GrowthStep {
  /** Number of partitions after the doubling to which it belongs. */
  readonly count: number;
  readonly step: 'read' | 'reach' | 'begin' | 'seal' | 'open' | 'finish';
  /** The partition that was read, sealed or opened; undefined for a step of the whole. */
  readonly partition: number | undefined;
  /** When it began, in milliseconds since the begin of the call. Steps of several partitions are made at the same time. */
  readonly atMs: number;
  /** In milliseconds. */
  readonly tookMs: number;
}

/** What {@link PartitionOperations.grow} did. */
export interface GrownPartitions {
  /** Number of partitions before. */
  readonly from: number;
  /** Number of partitions now. */
  readonly count: number;
  readonly epoch: number;
  /** Every step, in the order of their ends. */
  readonly steps: readonly GrowthStep[];
}

/** A group that does not yet read everything of a new partition, because events of the parent come first. */
export interface InheritingGroup {
  readonly partition: number;
  readonly parent: number;
  readonly group: string;
  /**
   * False: it does not read this partition yet, because it has not read the parent up to the split. True: it reads it, and only the events
   * of some {@link keys} wait.
   */
  readonly reads: boolean;
  /** Number of keys of ordered handlers with an event in the parent that is not finished. Their events in this partition wait. */
  readonly keys: number;
}

/** Reports each finished step of a growth. */
export interface GrowOptions {
  /** Called after each step. An error that it throws is ignored. */
  readonly onStep?: (step: GrowthStep) => void;
}

/** The partitions of the event stream: where they are, and growing. Their number can be doubled while services run; it never shrinks. */
export interface PartitionOperations {
  /** The partition map. @throws EventBusError `NOT_FOUND` when no bus was started yet */
  map(): Promise<PartitionMapDescription>;
  /**
   * Which partitions a growth would create, and which slots of the cluster to move before it. Changes nothing.
   * @param count Number of partitions after the growth: the present number, or a larger power of two, at most 1,024.
   * @param masters Addresses (`<host>:<port>`) of the masters that get partitions. Default: every master of the cluster, also those without slots.
   * @throws EventBusError `CONFIG_INVALID` when the count is less than the present one, or when there is no such master; `NOT_FOUND`; `UNAVAILABLE`
   */
  plan(count: number, masters?: readonly string[]): Promise<PartitionPlan>;
  /**
   * Doubles the number of partitions until it is `count`, while services publish and handle events. Its begin and its end are entries of
   * the transition log with the actor. A call that was interrupted can be repeated: it continues the growth.
   * @throws EventBusError `CONFIG_INVALID` when the count is less than the present one; `CONFLICT` when a growth to another number is under
   * way; `UNAVAILABLE` when a server does not reply within five seconds: nothing has changed, or the message says that the growth is under
   * way; `NOT_FOUND` when no bus was started yet
   */
  grow(count: number, by: Actor, options?: GrowOptions): Promise<GrownPartitions>;
  /** The groups that still wait for the parent of a partition; empty when a growth has ended for every group. */
  drained(): Promise<readonly InheritingGroup[]>;
}

const count = { name: 'count', check: partitionCount };

const addresses: Check = {
  expected: 'a list of addresses, such as 10.0.0.1:6379',
  holds: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && /.:\d+$/.test(each)),
};

const growFields: OptionTable<GrowOptions> = {
  onStep: { check: { expected: 'a function', holds: (value) => typeof value === 'function' } },
};

/** Arguments of the calls for partitions. */
export const partitionCalls: CallTable<PartitionOperations> = {
  map: [],
  plan: [count, { name: 'masters', optional: true, check: addresses }],
  grow: [count, actor, { name: 'options', optional: true, fields: growFields }],
  drained: [],
};
