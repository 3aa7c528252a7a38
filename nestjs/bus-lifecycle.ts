import type { EventBus } from '@hyvve-events/runtime';
import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { collectSubscriptions, type NestServices } from './collect-subscriptions.js';
import type { AdapterOptions } from './module-options.js';

/** Starts and closes the bus with the application. */
export class BusLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #bus: EventBus;
  readonly #options: AdapterOptions;
  readonly #services: NestServices;

  constructor(bus: EventBus, options: AdapterOptions, services: NestServices) {
    this.#bus = bus;
    this.#options = options;
    this.#services = services;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.#options.consume === false) return;
    const subscriptions = collectSubscriptions(this.#services);
    this.#bus.subscribe(...subscriptions);
    // An application that only publishes connects at its first publish.
    if (subscriptions.length > 0) await this.#bus.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#bus.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#bus.close();
  }
}
