import type { IncomingMessage } from 'node:http';
import { EventsModule } from '@hyvve-events/nestjs';
import { type ExecutionContext, Module } from '@nestjs/common';
import { Audit } from './audit.js';
import { Billing } from './billing.js';
import { catalogHash } from './events/index.js';
import { OrdersController } from './orders-controller.js';

/** The tenant of a request. With authentication, read it from the user that your guard has verified. */
function contextOf(request: ExecutionContext) {
  const { headers } = request.switchToHttp().getRequest<IncomingMessage>();
  return typeof headers['x-tenant'] === 'string' ? { tenantId: headers['x-tenant'] } : {};
}

@Module({
  // The Redis of REDIS_URL, otherwise redis://127.0.0.1:6379.
  imports: [EventsModule.forRoot({ service: 'billing', catalogHash, context: contextOf })],
  controllers: [OrdersController],
  providers: [Audit, Billing],
})
export class AppModule {}
