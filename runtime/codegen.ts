/**
 * What generated code imports, and nothing else of the runtime. Changing a name here changes every SDK: it is versioned
 * with the runtime's major version.
 */
export {
  type AnyEventDefinition,
  defineEvent,
  type EventDefinition,
  type Validate,
  type ValidationError,
} from './definition.js';
export { editsBetween } from './edits.js';
export type { Envelope, UnknownEvent } from './envelope.js';
export { type Publish, type PublishAnywhere, publisherOf } from './publisher.js';
export { handlersOf, subscribeTo } from './subscribe.js';
export type { Handler, HandlerContext, HandlersOptions, SubscribeOptions, Subscription } from './subscription.js';
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
export { addErrors, type CompiledCheck, type GuardedCheck, guard, guardUnevaluated } from './validation/guard.js';
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
