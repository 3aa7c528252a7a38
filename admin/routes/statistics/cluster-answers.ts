import type {
  GroupStatistics,
  InheritingGroup,
  KeyQueueStatistics,
  PartitionGrowth,
  PartitionMapDescription,
  ServerStatistics,
  SlotRange,
} from '@hyvve-events/runtime';
import { Type } from 'typebox';
import type { SchemasOf } from '../../http/schemas.js';
import { CountsAnswer, IndexProgress, LagAnswer, MemoryAnswer } from './statistics.js';

const Slots = Type.Object({
  from: Type.Integer(),
  to: Type.Integer({ description: 'Inclusive' }),
} satisfies SchemasOf<SlotRange>);

/** A server, or a master of a Redis Cluster. */
export const ServerAnswer = Type.Object({
  address: Type.String(),
  slots: Type.Optional(Type.Array(Slots, { description: 'Absent without a Redis Cluster' })),
  partitions: Type.Array(Type.Integer()),
  status: Type.Enum(['reachable', 'away', 'unused'], {
    description: '`unused`: it has no partition, and was not asked',
  }),
  memory: Type.Optional(MemoryAnswer),
} satisfies SchemasOf<ServerStatistics>);

const GroupFigures = {
  group: Type.String(),
  lag: LagAnswer,
  pending: Type.Integer({ description: 'Entries that were read and not finished' }),
  oldestUnfinishedMs: Type.Optional(Type.Number()),
  scheduled: Type.Integer({ description: 'Deliveries that wait for a retry' }),
  parked: Type.Integer(),
  waiting: Type.Integer({ description: 'Deliveries to ordered handlers that wait for earlier events of their key' }),
  deadLetters: Type.Integer(),
  consumers: Type.Integer({ description: 'Processes with a heartbeat within the last minute' }),
  retired: Type.Boolean(),
} satisfies Partial<SchemasOf<GroupStatistics>>;

const KeyQueueAnswer = Type.Object({
  group: Type.String(),
  handler: Type.String(),
  tenantId: Type.String(),
  key: Type.String({ description: 'The ordering key; the tenant for events without one' }),
  replayId: Type.Optional(Type.String({ description: 'Absent for live events' })),
  partition: Type.Integer(),
  waiting: Type.Integer({ description: 'Deliveries that wait' }),
  head: Type.Optional(Type.String({ description: 'Position of the event that they wait for' })),
  since: Type.Optional(Type.String({ description: 'When the event that they wait for was published' })),
} satisfies SchemasOf<KeyQueueStatistics>);

/** The partition map. */
export const MapAnswer = Type.Object({
  epoch: Type.Integer(),
  count: Type.Integer({ description: 'Number of partitions' }),
  growing: Type.Optional(Type.Integer({ description: 'Number at the end of the growth that is under way' })),
  growths: Type.Array(Type.Object({ count: Type.Integer(), at: Type.String() } satisfies SchemasOf<PartitionGrowth>), {
    description: 'Each has doubled the number of partitions; oldest first',
  }),
} satisfies SchemasOf<Omit<PartitionMapDescription, 'partitions'>>);

const InheritingGroupAnswer = Type.Object({
  partition: Type.Integer(),
  parent: Type.Integer({ description: 'The partition from which it was split' }),
  group: Type.String(),
  reads: Type.Boolean({ description: 'False: it handles the events of the parent first' }),
  keys: Type.Integer({ description: 'Keys whose events wait for earlier ones in the parent' }),
} satisfies SchemasOf<InheritingGroup>);

const figures = {
  entries: Type.Integer({ description: 'Entries in the event stream' }),
  deadLetters: Type.Integer(),
  logEntries: Type.Integer(),
  lastMinute: CountsAnswer,
  lastDay: CountsAnswer,
};

const PartitionAnswer = Type.Object({
  partition: Type.Integer(),
  server: Type.Optional(Type.String({ description: 'Address of the server that has it; absent while none is known' })),
  status: Type.Enum(['reachable', 'away']),
  parent: Type.Optional(Type.Integer({ description: 'The partition from which a growth has split it' })),
  splitAt: Type.Optional(Type.String()),
  figures: Type.Optional(Type.Object(figures, { description: 'Absent while the partition is away' })),
  groups: Type.Array(Type.Object(GroupFigures)),
  index: Type.Optional(IndexProgress),
});

/** Answer of `GET /admin/cluster`. */
export const ClusterAnswer = Type.Object({
  at: Type.String(),
  map: Type.Optional(MapAnswer),
  servers: Type.Array(ServerAnswer),
  partitions: Type.Array(PartitionAnswer),
  total: Type.Object(figures, { description: 'Of the partitions that are reachable' }),
  groups: Type.Array(
    Type.Object({
      ...GroupFigures,
      concurrency: Type.Optional(
        Type.Integer({
          description: 'Deliveries that its processes run at the same time; absent while a partition is away',
        }),
      ),
      handlers: Type.Optional(
        Type.Array(Type.Object({ name: Type.String(), pattern: Type.String() }), {
          description: 'Handlers of its processes; absent while a partition is away',
        }),
      ),
    }),
    { description: 'Of the partitions that are reachable' },
  ),
  keyQueues: Type.Array(KeyQueueAnswer, {
    description:
      'The keys of ordered handlers with the most deliveries that wait, at most 10; of the partitions that are reachable',
  }),
  inheriting: Type.Array(InheritingGroupAnswer, {
    description: 'The groups that handle events from before a growth first; empty while a partition is away',
  }),
  limits: Type.Object({ memoryShare: Type.Number(), unfinishedMs: Type.Number() }),
});
