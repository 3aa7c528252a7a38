import type { EventBus, HandlerContext } from '@hyvve-events/runtime';
import { type ApprovalApprovedEvent, approvalHandlers } from '@hyvve-events/sdk/approval';
import { type EventOf, subscribe } from './shipping/sdk/index.js';
import { type ParcelSentEvent, shippingHandlers } from './shipping/sdk/shipping.js';

/** Sends a text to a person or a channel. */
export type Send = (to: string, text: string) => Promise<void>;

/**
 * Subscribes one service to the events of two catalogs: its own, and the one of another team, whose SDK it installs as a second package
 * (here the folder `shipping/sdk`). Both teams publish to the same Redis with the same prefix; no type may be in both catalogs.
 */
export function subscribeNotifications(bus: EventBus, send: Send): void {
  bus.subscribe(
    approvalHandlers({
      onApprovalApproved: ({ data, tenantId }: ApprovalApprovedEvent) =>
        send(tenantId, `${data.approvalId} is approved`),
    }),
    shippingHandlers({
      onParcelSent: ({ data, tenantId }: ParcelSentEvent, ctx: HandlerContext) =>
        ctx.once('parcel', () => send(tenantId, `${data.carrier} has the parcel ${data.parcelId}`)),
    }),
    // A pattern of one catalog gets the events of the other one, too, as `unknown`.
    subscribe('*', { name: 'count' }, async (event) => {
      if (event.unknown === true) return send('log', `another catalog has ${event.type}`);
      const known: EventOf<'*'> = event;
      return send('log', `shipping has ${known.type} of ${known.data.carrier}`);
    }),
  );
}
