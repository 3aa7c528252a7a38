import { EventHandlers } from '@hyvve-events/nestjs';
import { Injectable } from '@nestjs/common';
import { type OrderCancelledEvent, type OrderHandlers, type OrderPlacedEvent, orderHandlers } from './events/order.js';

/** Writes an invoice for each order. The compiler requires a method for every event of the domain `order`. */
@Injectable()
@EventHandlers(orderHandlers)
export class Billing implements OrderHandlers {
  /** Numbers of pieces by order. A handler can run twice for one event, so it sets and does not add. */
  readonly invoices = new Map<string, number>();

  onOrderPlaced({ data }: OrderPlacedEvent): void {
    const pieces = data.lines.reduce((sum, { quantity }) => sum + quantity, 0);
    this.invoices.set(data.orderId, pieces);
    console.log(`invoice for ${data.orderId}: ${pieces} pieces, in ${data.currency}`);
  }

  onOrderCancelled({ data }: OrderCancelledEvent): void {
    this.invoices.delete(data.orderId);
    console.log(`no invoice for ${data.orderId}: cancelled by ${data.reason}`);
  }
}
