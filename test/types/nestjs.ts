// What must not compile with the decorators of `@hyvve-events/nestjs`.
import { createEventSubscriber, EventHandlers, type EventPublisher } from '@hyvve-events/nestjs';
import type { HandlerContext, UnknownEvent } from '@hyvve-events/runtime';
import { type EventOf, subscribe } from '@hyvve-events/sdk';
import {
  type ApprovalApprovedEvent,
  type ApprovalHandlers,
  type ApprovalRequestedEvent,
  approvalHandlers,
  publishApprovalEscalated,
} from '@hyvve-events/sdk/approval';
import { subscribe as subscribeToShipping } from '../../examples/recipes/two-catalogs/shipping/sdk/index.js';
import type { ParcelSentEvent } from '../../examples/recipes/two-catalogs/shipping/sdk/shipping.js';

const EventSubscriber = createEventSubscriber(subscribe);
const ShippingSubscriber = createEventSubscriber(subscribeToShipping);

export class Accepted {
  @EventSubscriber('approval.item.approved')
  one(_event: ApprovalApprovedEvent): void {}

  @EventSubscriber('approval.item.approved', { name: 'first', priority: 1 })
  @EventSubscriber('approval.item.requested', { name: 'second', concurrency: 2 })
  async several(_event: ApprovalApprovedEvent | ApprovalRequestedEvent, _ctx: HandlerContext): Promise<void> {}

  @EventSubscriber('approval.*')
  pattern(_event: EventOf<'approval.*'> | UnknownEvent): void {}

  @EventSubscriber('approval.item.approved')
  wider(_event: { readonly id: string }): void {}

  @EventSubscriber('*')
  none(): void {}

  @ShippingSubscriber('shipping.parcel.sent')
  otherCatalog(_event: ParcelSentEvent): void {}

  @EventSubscriber('approval.item.approved')
  private hidden(_event: ApprovalApprovedEvent): void {}

  use(): void {
    this.hidden({} as ApprovalApprovedEvent);
  }
}

export class Refused {
  // @ts-expect-error the event of another type
  @EventSubscriber('approval.item.approved')
  otherType(_event: ApprovalRequestedEvent): void {}

  // @ts-expect-error a pattern also delivers events that are newer than the SDK
  @EventSubscriber('approval.*')
  withoutUnknown(_event: EventOf<'approval.*'>): void {}

  // @ts-expect-error no event has this type
  @EventSubscriber('approval.item.aproved')
  misspelled(): void {}

  // @ts-expect-error a type of another catalog
  @EventSubscriber('shipping.parcel.sent')
  otherCatalog(_event: ParcelSentEvent): void {}

  // @ts-expect-error no such option
  @EventSubscriber('approval.item.approved', { prio: 1 })
  option(_event: ApprovalApprovedEvent): void {}

  // @ts-expect-error a third parameter gets no value
  @EventSubscriber('approval.item.approved')
  parameters(_event: ApprovalApprovedEvent, _ctx: HandlerContext, _more: string): void {}

  // @ts-expect-error a result that is not read
  @EventSubscriber('approval.item.approved')
  async result(_event: ApprovalApprovedEvent): Promise<number> {
    return 1;
  }
}

@EventHandlers(approvalHandlers, { methods: { onApprovalApproved: { maxRetries: 1 } } })
export class Some implements Partial<ApprovalHandlers> {
  onApprovalApproved(_event: ApprovalApprovedEvent): void {}
}

// @ts-expect-error no method of the interface
@EventHandlers(approvalHandlers)
export class Nothing {
  onApproved(_event: ApprovalApprovedEvent): void {}
}

// @ts-expect-error the event of another type
@EventHandlers(approvalHandlers)
export class OtherEvent {
  onApprovalApproved(_event: ApprovalRequestedEvent): void {}
}

// @ts-expect-error options of a method that the interface does not have
@EventHandlers(approvalHandlers, { methods: { onApproved: { maxRetries: 1 } } })
export class OtherMethod {
  onApprovalApproved(_event: ApprovalApprovedEvent): void {}
}

/** The tenant and the user come from the request or the event. */
export async function publishWithoutTenant(events: EventPublisher): Promise<void> {
  await publishApprovalEscalated(events, {} as Parameters<typeof publishApprovalEscalated>[1]);
  // @ts-expect-error data of another event
  await publishApprovalEscalated(events, { title: 1 });
}
