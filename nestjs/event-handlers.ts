import { type DomainHandlersOptions, EventBusError, type Subscription } from '@hyvve-events/runtime';
import { decoratedClasses } from './subscriber-registry.js';

/**
 * Subscribes a provider that implements a generated interface of handlers, or some of its methods. Repeatable, once for each
 * domain.
 * @param handlersOf The function of the generated SDK for the domain, for example `approvalHandlers`.
 * @param options Options of the handlers, as of `handlersOf`.
 *
 * @example
 * ```ts
 * @EventHandlers(approvalHandlers, { priority: 50 })
 * export class Approvals implements Partial<ApprovalHandlers> { … }
 * ```
 */
export function EventHandlers<Handlers extends object, Method extends string>(
  handlersOf: (impl: Handlers, options?: DomainHandlersOptions<Method>) => Subscription[],
  options?: DomainHandlersOptions<Method>,
): (target: abstract new (...args: never[]) => Handlers) => void {
  return (target) => {
    decoratedClasses.add(target, (className, methods, run) => {
      const impl = Object.fromEntries(methods.map((method) => [method, run(method)]));
      // Safe: the decorator has checked the methods of the class, and each has a function here.
      const subscriptions = handlersOf(impl as Handlers, options);
      if (subscriptions.length > 0) return subscriptions;
      throw new EventBusError('CONFIG_INVALID', `@EventHandlers: ${className} has no method of the interface`);
    });
  };
}
