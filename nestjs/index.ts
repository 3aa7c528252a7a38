export { getEventBusToken, InjectEventBus } from './event-bus-token.js';
export { EventHandlers } from './event-handlers.js';
export { EventPublisher } from './event-publisher.js';
export { createEventSubscriber, type EventMethodDecorator, type EventSubscriberOptions } from './event-subscriber.js';
export { EventsModule } from './events-module.js';
export type { AdapterOptions, EventsModuleAsyncOptions, EventsModuleOptions } from './module-options.js';
export { eventsContextType } from './run-within-nest.js';
