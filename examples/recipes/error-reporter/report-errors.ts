import type { HandleInterceptor } from '@hyvve-events/runtime';

/** The part of an error reporter that is used here. `@sentry/node` has these functions. */
export interface ErrorReporter {
  withIsolationScope<Result>(run: (scope: ReportScope) => Result): Result;
  captureException(error: unknown): unknown;
}

/** What is sent together with the errors of one run. */
export interface ReportScope {
  setTags(tags: Readonly<Record<string, string>>): unknown;
  setContext(name: string, context: Record<string, unknown>): unknown;
  setLevel(level: 'warning' | 'error'): unknown;
}

/**
 * Sends the error of each failed run with its event, never with the event's data. What a handler itself sends during its run has the
 * same tags: `createEventBus({ interceptors: { handle: [reportErrors(Sentry)] } })`. A run that will be retried is a warning, a
 * dead letter is an error.
 */
export function reportErrors(reporter: ErrorReporter): HandleInterceptor {
  return (next) => (request) =>
    reporter.withIsolationScope(async (scope) => {
      const { event, context } = request;
      scope.setTags({ eventType: event.type, handler: context.handler, tenantId: event.tenantId });
      scope.setContext('event', { id: event.id, correlationId: event.correlationId, attempt: context.attempt });
      const result = await next(request);
      if (result.outcome !== 'completed') {
        scope.setLevel(result.outcome === 'dead' ? 'error' : 'warning');
        reporter.captureException(result.error);
      }
      return result;
    });
}
