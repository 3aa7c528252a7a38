import type { IncomingMessage } from 'node:http';
import { EventsModule } from '@hyvve-events/nestjs';
import { EventsHealthIndicator } from '@hyvve-events/nestjs/terminus';
import { catalogHash } from '@hyvve-events/sdk';
import { type ExecutionContext, Module, UnauthorizedException } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ApprovalsController, AutoApproval } from './approvals.js';
import { Audit } from './audit.js';
import { HealthController } from './health.js';

/** Tenant and user of a request. A service with authentication reads them from the user that its guard has verified. */
function contextOf(request: ExecutionContext) {
  const { headers } = request.switchToHttp().getRequest<IncomingMessage>();
  const { 'x-tenant': tenantId, 'x-user': userId } = headers;
  if (typeof tenantId === 'string' && typeof userId === 'string') return { tenantId, userId };
  throw new UnauthorizedException('the headers x-tenant and x-user are missing');
}

@Module({
  // The Redis of REDIS_URL, otherwise redis://127.0.0.1:6379.
  imports: [EventsModule.forRoot({ service: 'approvals', catalogHash, context: contextOf }), TerminusModule],
  controllers: [ApprovalsController, HealthController],
  providers: [AutoApproval, Audit, EventsHealthIndicator],
})
export class AppModule {}
