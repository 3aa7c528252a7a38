import { createEventSubscriber } from '@hyvve-events/nestjs';
import { subscribe } from '@hyvve-events/sdk';

/** `@EventSubscriber(pattern, options)` for the events of the platform's catalog. */
export const EventSubscriber = createEventSubscriber(subscribe);
