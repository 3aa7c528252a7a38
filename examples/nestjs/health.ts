import { EventsHealthIndicator } from '@hyvve-events/nestjs/terminus';
import { Controller, Get } from '@nestjs/common';
import { HealthCheckService } from '@nestjs/terminus';

/** The probes of the service. */
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly events: EventsHealthIndicator,
  ) {}

  @Get('ready')
  ready() {
    return this.health.check([() => this.events.ready('events')]);
  }

  @Get('live')
  live() {
    return this.health.check([() => this.events.live('events')]);
  }
}
