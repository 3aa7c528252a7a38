export type { CloseOptions, EventBus } from './bus/event-bus.js';
export {
  EventBusError,
  type EventBusErrorCode,
  eventBusErrorCodes,
  NonRetryableError,
  type Violation,
} from './errors.js';
export type { AnyEventDefinition, EventDefinition, Validate, ValidationError } from './event/definition.js';
export { defineEvent } from './event/definition.js';
export type { Envelope, ReplayMark, UnknownEvent } from './event/envelope.js';
export { matchesPattern } from './event/pattern.js';
export { handlerDefaults } from './handle/handler-options.js';
export type {
  Handler,
  HandlerContext,
  HandlerOptions,
  HandlersOptions,
  SubscribeOptions,
  Subscription,
} from './handle/subscription.js';
export { consoleLogger, type Logger, silentLogger } from './logger.js';
export type { BusHealth, ConsumerHealth } from './observe/health.js';
export type { Metrics, PublishMetric, RunMetric } from './observe/metrics.js';
export type { Actor, DeadLetter, DeadLetters, DeadReason, Page, RevivedEvent } from './operate/dead-letter.js';
export type { ParkedDeliveries, ParkedDelivery, ParkedQuery } from './operate/parked.js';
export type {
  CountOptions,
  HandlerTarget,
  Replay,
  ReplayCount,
  ReplayPlan,
  ReplayProgress,
  ReplayRequest,
  ReplayState,
  Replays,
} from './operate/replay.js';
export type {
  Counts,
  GroupStatistics,
  HandlerDurations,
  Series,
  SeriesKey,
  SeriesQuery,
  SeriesResult,
  Statistics,
  StatisticsSnapshot,
  StreamStatistics,
} from './operate/statistics.js';
export {
  draft,
  type EventDraft,
  type Publish,
  type PublishAnywhere,
  type PublishContext,
  type Published,
  type Publisher,
  type PublishOptions,
  type TenantContext,
  type TenantPublisher,
} from './publish/publisher.js';
export type { RedisTarget, SentinelOptions, ServerOptions } from './redis/connection/redis-target.js';
export { createEventBus } from './redis/create-event-bus.js';
export {
  createEventOperator,
  type EventOperator,
  type LogLine,
  type RegisteredConsumer,
} from './redis/operate/create-event-operator.js';
export type { EventReplay, StreamEvent } from './redis/operate/event-replays.js';
export type { EventFeed, FeedEnd, FeedEntry, GroupPosition } from './redis/operate/feed.js';
export type { EventOperatorOptions } from './redis/operate/operator-options.js';
export type { DeliveryStatus, GroupStatus, HandlerStatus } from './redis/operate/status.js';
export { defaultMemoryLimit, type EventBusOptions, type MaintenanceSettings } from './redis/settings.js';
export { aliveMs as consumerAliveMs } from './redis/statistics/snapshot.js';
