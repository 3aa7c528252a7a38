import type { HandlerContext, UnknownEvent } from '@hyvve-events/runtime';
import type { EventOf } from '@hyvve-events/sdk';
import { Injectable } from '@nestjs/common';
import { EventSubscriber } from './event-subscriber.js';

/** Prints a line for every event of approvals. */
@Injectable()
export class Audit {
  @EventSubscriber('approval.*', { name: 'audit', maxRetries: 10, concurrency: 5 })
  record(event: EventOf<'approval.*'> | UnknownEvent, ctx: HandlerContext): void {
    console.log(
      JSON.stringify({ type: event.type, tenant: ctx.tenantId, user: ctx.userId, cause: event.correlationId }),
    );
  }
}
