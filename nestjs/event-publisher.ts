import type { EventBus, PublishContext, Publisher, TenantPublisher, UserPublisher } from '@hyvve-events/runtime';
import { eventScope } from './event-scope.js';
import type { AdapterOptions } from './module-options.js';

/**
 * An injectable publisher. In a request it publishes with the `context` of the module's options; in a handler of an event it
 * publishes for the tenant and the user of that event, as a consequence of it; elsewhere each publish names its tenant.
 */
export interface EventPublisher extends TenantPublisher, UserPublisher {
  /** The same publisher with these values as the default of every publish. */
  withContext(context: PublishContext): TenantPublisher & UserPublisher;
}

/** The injection token of {@link EventPublisher}. */
export const EventPublisher = class EventPublisher {} as unknown as abstract new () => EventPublisher;

/** Creates the publisher of an application. Its values are read at each use. */
export function createEventPublisher(bus: EventBus, { context }: AdapterOptions): EventPublisher {
  const current = (): Publisher => {
    const scope = eventScope.getStore();
    if (scope === undefined) return bus;
    if ('handler' in scope) return scope.handler;
    return context === undefined ? bus : bus.withContext(context(scope.request));
  };
  // Whether the tenant and the user are set is known only at run time; the bus refuses a publish without them.
  const scoped = () => current() as EventPublisher;
  const publish = async (...args: never[]) => Reflect.apply(scoped().publish, undefined, args);
  const publishBatch = async (...args: never[]) => Reflect.apply(scoped().publishBatch, undefined, args);
  return {
    get tenantId() {
      return scoped().tenantId;
    },
    get userId() {
      return scoped().userId;
    },
    publish: publish as EventPublisher['publish'],
    publishBatch: publishBatch as EventPublisher['publishBatch'],
    withContext: (values) => scoped().withContext(values),
  };
}
