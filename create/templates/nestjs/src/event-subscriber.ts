import { createEventSubscriber } from '@hyvve-events/nestjs';
import { subscribe } from './events/index.js';

/** `@EventSubscriber(pattern, options)` for the events of the catalog. */
export const EventSubscriber = createEventSubscriber(subscribe);
