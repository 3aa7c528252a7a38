export type { CloseOptions, EventBus } from './bus.js';
export type { Actor, DeadLetter, DeadLetters, DeadReason, Page, RevivedEvent } from './dead-letter.js';
export type { AnyEventDefinition, EventDefinition, Validate, ValidationError } from './definition.js';
export { defineEvent } from './definition.js';
export type { Envelope, ReplayMark, UnknownEvent } from './envelope.js';
export {
  EventBusError,
  type EventBusErrorCode,
  eventBusErrorCodes,
  NonRetryableError,
  type Violation,
} from './errors.js';
export { handlerDefaults } from './handler-options.js';
export type { BusHealth, ConsumerHealth } from './health.js';
export { consoleLogger, type Logger, silentLogger } from './logger.js';
export type { Metrics, PublishMetric, RunMetric } from './metrics.js';
export type { ParkedDeliveries, ParkedDelivery, ParkedQuery } from './parked.js';
export { matchesPattern } from './pattern.js';
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
} from './publisher.js';
export { createEventBus } from './redis/create-event-bus.js';
export type { EventReplay, StreamEvent } from './redis/event-replays.js';
export type { EventFeed, FeedEnd, FeedEntry, GroupPosition } from './redis/feed.js';
export {
  createEventOperator,
  type EventOperator,
  type LogLine,
  type RegisteredConsumer,
} from './redis/operator.js';
export type { EventOperatorOptions } from './redis/operator-options.js';
export type { RedisTarget, SentinelOptions, ServerOptions } from './redis/redis-target.js';
export type { EventBusOptions, MaintenanceSettings } from './redis/settings.js';
export type { DeliveryStatus, GroupStatus, HandlerStatus } from './redis/status.js';
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
} from './replay.js';
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
} from './statistics.js';
export type {
  Handler,
  HandlerContext,
  HandlerOptions,
  HandlersOptions,
  SubscribeOptions,
  Subscription,
} from './subscription.js';
