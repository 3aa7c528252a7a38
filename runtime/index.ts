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
export { type Logger, silentLogger } from './logger.js';
export { matchesPattern } from './pattern.js';
export {
  draft,
  type EventDraft,
  type Publish,
  type PublishContext,
  type Published,
  type Publisher,
  type PublishOptions,
} from './publisher.js';
export { createEventBus } from './redis/create-event-bus.js';
export type { MaintenanceSettings } from './redis/maintain.js';
export {
  createEventOperator,
  type EventOperator,
  type EventOperatorOptions,
  type LogLine,
  type RegisteredConsumer,
} from './redis/operator.js';
export type { EventBusOptions } from './redis/settings.js';
export type { DeliveryStatus, GroupStatus, HandlerStatus } from './redis/status.js';
export type {
  Handler,
  HandlerContext,
  HandlerOptions,
  HandlersOptions,
  SubscribeOptions,
  Subscription,
} from './subscription.js';
