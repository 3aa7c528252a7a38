import type { UnknownEvent } from '@hyvve-events/runtime';
import { Injectable } from '@nestjs/common';
import { EventSubscriber } from './event-subscriber.js';
import type { EventOf } from './events/index.js';

/** Prints a line for every event. The compiler compares the parameter with the events of the pattern. */
@Injectable()
export class Audit {
  @EventSubscriber('order.*', { name: 'audit', priority: 200 })
  record(event: EventOf<'order.*'> | UnknownEvent): void {
    console.log(`${event.type} of ${event.tenantId}`);
  }
}
