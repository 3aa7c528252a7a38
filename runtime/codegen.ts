/**
 * Everything that generated code imports from the runtime. Changing a name here changes every SDK: the names are versioned
 * with the runtime's major version.
 */
export {
  type AnyEventDefinition,
  defineEvent,
  type EventDefinition,
  type EventFields,
  type OlderVersion,
  type Upcast,
  type UpcastContext,
} from './event/definition.js';
export type { Envelope, UnknownEvent } from './event/envelope.js';
export { readKeyAt } from './event/ordering-key.js';
export { matchesPattern } from './event/pattern.js';
export type { StandardSchemaIssue, StandardSchemaProps, StandardSchemaResult } from './event/standard-schema.js';
export type { Validate, ValidationError } from './event/validate.js';
export { handlersOf, subscribeTo } from './handle/subscribe.js';
export type {
  DomainHandlersOptions,
  Handler,
  HandlerContext,
  SubscribeOptions,
  Subscription,
} from './handle/subscription.js';
export { type Publish, publisherOf } from './publish/publisher.js';
export { isCuid2 } from './support/cuid2.js';
export { editsBetween } from './support/edits.js';
export {
  isEmail,
  isHostname,
  isIpv4,
  isIpv6,
  isUri,
  isUriReference,
  isUriTemplate,
  isUrl,
} from './validation/addresses.js';
export { isDate, isDateTime, isDuration, isIsoDateTime, isIsoTime, isTime } from './validation/date-time.js';
export {
  type FormatCheck,
  formats,
  isBase64,
  isInt32,
  isInt64,
  isJsonPointer,
  isJsonPointerFragment,
  isRegex,
  isRelativeJsonPointer,
  isUuid,
} from './validation/formats.js';
export {
  addErrors,
  type CheckMode,
  type CompiledCheck,
  type GuardedCheck,
  guard,
  guardUnevaluated,
} from './validation/guard.js';
export { limited, mostPatternSteps } from './validation/patterns.js';
export {
  decimalOf,
  isEqual,
  isMultipleOf,
  isMultipleOfDecimal,
  patternOf,
  repeatedItems,
  textLength,
} from './validation/values.js';
