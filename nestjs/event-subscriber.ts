import {
  EventBusError,
  type Handler,
  type HandlerOptions,
  type SubscribeOptions,
  type Subscription,
} from '@hyvve-events/runtime';
import { decoratedMethods } from './subscriber-registry.js';

/** Options of `@EventSubscriber`. */
export interface EventSubscriberOptions extends HandlerOptions {
  /**
   * Names the handler within its service: stable across deploys, since retries and dead letters are stored under it. Default:
   * `Class.method`. A method with several decorators needs a name for each.
   */
  readonly name?: string;
}

/** A decorator of methods that can handle an event. */
export type EventMethodDecorator<HandlerType> = <Method extends HandlerType>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Makes the decorator `@EventSubscriber(pattern, options)` for the events of one catalog. The compiler checks that the first
 * parameter of the method accepts the events of the pattern. Each catalog of an application has a decorator of its own.
 * @param subscribe The function of this name from the generated SDK.
 *
 * @example
 * ```ts
 * import { subscribe } from '@acme/events';
 * export const EventSubscriber = createEventSubscriber(subscribe);
 * ```
 */
export function createEventSubscriber<Pattern extends string, HandlerType extends Handler<never>>(
  subscribe: (pattern: Pattern, options: SubscribeOptions, handler: HandlerType) => Subscription,
): (pattern: Pattern, options?: EventSubscriberOptions) => EventMethodDecorator<HandlerType> {
  return (pattern, options = {}) =>
    (target, method, { value }) => {
      if (typeof target === 'function' || typeof method !== 'string' || typeof value !== 'function') {
        const message = '@EventSubscriber decorates a method that is not static and has a name of type string';
        throw new EventBusError('CONFIG_INVALID', message);
      }
      decoratedMethods.add(target, {
        method,
        subscribe: (className, run) =>
          // Safe: the decorator has checked that the method accepts what the pattern matches.
          subscribe(pattern, { name: `${className}.${method}`, ...options }, run as Handler<unknown> as never),
      });
    };
}
