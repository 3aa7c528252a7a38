export type { CloseSignal } from './bus/close-on.js';
export type { CloseOptions, EventBus } from './bus/event-bus.js';
export type { Interceptors } from './bus/interceptors.js';
export {
  EventBusError,
  type EventBusErrorCode,
  type EventBusErrorDetails,
  eventBusErrorCodes,
  NonRetryableError,
  type Violation,
} from './errors.js';
export {
  type AnyEventDefinition,
  defineEvent,
  type EnvelopeRequirements,
  type EventDefinition,
  type EventFields,
  type OlderVersion,
  type Upcast,
  type UpcastContext,
} from './event/definition.js';
export type { Envelope, ReplayMark, UnknownEvent } from './event/envelope.js';
export { matchesPattern } from './event/pattern.js';
export { comparePositions, parsePosition, positionOf } from './event/position.js';
export { readEntry } from './event/read-envelope.js';
export type { InvalidReason, ReadResult } from './event/read-result.js';
export type { StandardSchemaIssue, StandardSchemaProps, StandardSchemaResult } from './event/standard-schema.js';
export type { Validate, ValidationError } from './event/validate.js';
export { handlerDefaults, type ResolvedHandlerOptions } from './handle/handler-options.js';
export type {
  FailedResult,
  FailedRun,
  HandleFn,
  HandleInterceptor,
  HandleRequest,
  RunResult,
} from './handle/interceptor.js';
export type {
  DomainHandlersOptions,
  Handler,
  HandlerContext,
  HandlerOptions,
  KeyOrder,
  OnceOptions,
  SubscribeOptions,
  Subscription,
} from './handle/subscription.js';
export { consoleLogger, type Logger, silentLogger } from './logger.js';
export type { BusHealth, ConsumerHealth, PartitionHealth } from './observe/health.js';
export type { MetricsHooks, PublishMetric, RunMetric } from './observe/metrics.js';
export type { PageQuery } from './operate/call-arguments.js';
export {
  type Actor,
  type DeadLetter,
  type DeadLetterReason,
  type DeadLetters,
  deadLetterReasons,
  type Page,
  type RedrivenEvent,
} from './operate/dead-letter.js';
export type { ParkedCount, ParkedDeliveries, ParkedDelivery, ParkedQuery } from './operate/parked.js';
export type {
  GrownPartitions,
  GrowOptions,
  GrowthStep,
  InheritingGroup,
  PartitionDescription,
  PartitionGrowth,
  PartitionMapDescription,
  PartitionOperations,
  PartitionPlan,
  PlannedMaster,
  PlannedPartition,
  SlotMove,
  SlotMoveKind,
} from './operate/partition-operations.js';
export type { PartitionQuery } from './operate/partition-query.js';
export type {
  CountOptions,
  HandlerTarget,
  Replay,
  ReplayCount,
  ReplayPlan,
  ReplayProgress,
  ReplayRequest,
  ReplayStatus,
  Replays,
} from './operate/replay.js';
export type {
  Counts,
  GroupStatistics,
  HandlerDurations,
  KeyQueueStatistics,
  KeyQueuesQuery,
  PartitionStatistics,
  RecentCounts,
  Series,
  SeriesKey,
  SeriesQuery,
  SeriesResult,
  ServerStatistics,
  SlotRange,
  Statistics,
  StatisticsQuery,
  StatisticsSnapshot,
  StreamStatistics,
  StreamsAndGroups,
} from './operate/statistics.js';
export { type LogKind, logKinds, type TransitionLogEntry } from './operate/transition-log.js';
export type {
  EventVersions,
  MajorVersion,
  ParkedVersion,
  PublishedVersion,
  ReadVersions,
  VersionCount,
  VersionPlace,
  VersionPublisher,
  VersionReader,
  VersionRegistry,
  VersionScan,
  VersionScanQuery,
  Versions,
} from './operate/versions.js';
export type { PublishFn, PublishInterceptor, PublishRequest } from './publish/interceptor.js';
export {
  type ContextArgument,
  type ContextField,
  type EventDraft,
  eventDraft,
  type MissingInDraft,
  type Publish,
  type PublishContext,
  type Published,
  type Publisher,
  type PublishOptions,
  type RequiredFields,
  type TenantContext,
  type TenantPublisher,
  type UserContext,
  type UserPublisher,
} from './publish/publisher.js';
export type {
  AccessOptions,
  ClusterOptions,
  RedisTarget,
  SentinelOptions,
  ServerOptions,
} from './redis/connection/redis-target.js';
export { createEventBus } from './redis/create-event-bus.js';
export {
  type MigratedKeys,
  type MigrateKeysOptions,
  type MigrationProgress,
  migrateKeys,
} from './redis/migrate/migrate-keys.js';
export {
  createEventOperator,
  type EventOperator,
  type EventReference,
  type LogQuery,
} from './redis/operate/create-event-operator.js';
export type { EventReplay, StreamEvent } from './redis/operate/event-replays.js';
export type {
  EventFeed,
  FeedEnd,
  FeedEnds,
  FeedEntry,
  FeedQuery,
  GroupPosition,
  PositionsQuery,
} from './redis/operate/feed.js';
export type { EventOperatorOptions } from './redis/operate/operator-options.js';
export type { RegisteredConsumer } from './redis/operate/registered-consumers.js';
export { type DeliveryStatus, deliveryStatuses, type GroupStatus, type HandlerStatus } from './redis/operate/status.js';
export {
  type BusDefaults,
  busDefaults,
  type DurabilitySettings,
  type EventBusOptions,
  type MaintenanceSettings,
  maintenanceDefaults,
} from './redis/settings.js';
export { aliveMs as consumerAliveMs } from './redis/statistics/snapshot.js';
export type { Failure } from './support/failure.js';
