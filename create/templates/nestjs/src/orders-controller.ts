import { EventPublisher } from '@hyvve-events/nestjs';
import { Controller, Param, Post } from '@nestjs/common';
import { publishOrderPlaced } from './events/order.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly events: EventPublisher) {}

  /** Publishes for the tenant of the request. */
  @Post(':orderId')
  async place(@Param('orderId') orderId: string): Promise<{ readonly id: string }> {
    const order = {
      orderId,
      currency: 'EUR',
      lines: [{ sku: 'sku_7', quantity: 2 }],
      placedAt: new Date().toISOString(),
    };
    const { id } = await publishOrderPlaced(this.events, order);
    return { id };
  }
}
