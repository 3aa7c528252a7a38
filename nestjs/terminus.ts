import type { EventBus } from '@hyvve-events/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { getEventBusToken } from './event-bus-token.js';

/** Health indicators of the bus for `@nestjs/terminus`. Add the class to the providers of a module that imports `TerminusModule`. */
@Injectable()
export class EventsHealthIndicator {
  readonly #bus: EventBus;
  readonly #indicators: HealthIndicatorService;

  constructor(
    @Inject(getEventBusToken()) bus: EventBus,
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
  ) {
    this.#bus = bus;
    this.#indicators = indicators;
  }

  /** For a readiness probe: up while this process can receive events, or publish if it has no handlers. */
  ready(key: string): HealthIndicatorResult {
    const { ready, reasons } = this.#bus.health();
    return this.#result(key, ready, reasons);
  }

  /** For a liveness probe: down only while a restart would help. */
  live(key: string): HealthIndicatorResult {
    const { live, reasons } = this.#bus.health();
    return this.#result(key, live, reasons);
  }

  #result(key: string, isUp: boolean, reasons: readonly string[]): HealthIndicatorResult {
    const indicator = this.#indicators.check(key);
    return isUp ? indicator.up() : indicator.down({ reasons });
  }
}
