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
export type { Envelope, UnknownEvent } from './envelope.js';
export { type Publish, type PublishAnywhere, publisherOf } from './publisher.js';
export { handlersOf, subscribeTo } from './subscribe.js';
export type { Handler, HandlerContext, HandlersOptions, SubscribeOptions, Subscription } from './subscription.js';
