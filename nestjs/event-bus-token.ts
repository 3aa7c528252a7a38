import { Inject } from '@nestjs/common';

const eventBusToken = Symbol('@hyvve-events/nestjs: event bus');

/** The injection token of the `EventBus`, for `app.get(...)` and for `overrideProvider(...)` in tests. */
export function getEventBusToken(): symbol {
  return eventBusToken;
}

/** Injects the `EventBus` of the application. */
export function InjectEventBus(): ParameterDecorator & PropertyDecorator {
  return Inject(eventBusToken);
}
