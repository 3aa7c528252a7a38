import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Observable } from 'rxjs';
import { eventScope } from './event-scope.js';
import { eventsContextType } from './run-within-nest.js';

/** Remembers the request while its handler runs, so that a publisher finds it. Requests keep their own scope. */
export class RequestInterceptor implements NestInterceptor {
  intercept(request: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (request.getType<string>() === eventsContextType) return next.handle();
    return new Observable((subscriber) => eventScope.run({ request }, () => next.handle().subscribe(subscriber)));
  }
}
