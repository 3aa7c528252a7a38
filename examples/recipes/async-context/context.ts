import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventBus, HandleInterceptor, TenantPublisher } from '@hyvve-events/runtime';

/** For whom the present code runs: within a handler those of the event, within an HTTP request those of the request. */
export interface Context {
  readonly tenantId: string;
  readonly userId?: string;
  readonly correlationId?: string;
  /** The event that is handled. */
  readonly causationId?: string;
}

const storage = new AsyncLocalStorage<Context>();

/** Runs a function, such as the handler of an HTTP request, in a context. */
export function runWith<Result>(context: Context, run: () => Result): Result {
  return storage.run(context, run);
}

/** The context of the code that calls it, at any depth. @throws Error outside of a context */
export function currentContext(): Context {
  const context = storage.getStore();
  if (context === undefined) throw new Error('there is no context: call runWith, or add keepContext to the bus');
  return context;
}

/** Gives each run of a handler the context of its event: `createEventBus({ interceptors: { handle: [keepContext] } })`. */
export const keepContext: HandleInterceptor = (next) => (request) => {
  const { tenantId, userId, correlationId, id } = request.event;
  const context = { tenantId, correlationId, causationId: id };
  return storage.run(userId === undefined ? context : { ...context, userId }, () => next(request));
};

/** A publisher for the present context, for code that does not get the handler's `ctx`. */
export function publisherHere(bus: EventBus): TenantPublisher {
  return bus.withContext(currentContext());
}
