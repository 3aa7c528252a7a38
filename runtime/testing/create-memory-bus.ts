import type { EventBus } from '../bus/event-bus.js';
import { createMemoryBroker, type MemoryBroker } from './memory-broker.js';
import type { MemoryBusOptions } from './memory-bus.js';

/** A bus together with its broker, for tests of one service. */
export type MemoryBus = EventBus & Omit<MemoryBroker, 'createBus'> & { readonly broker: MemoryBroker };

/**
 * A bus in memory for unit tests of one service: it records published events, delivers them to the service's handlers, and
 * lets the test advance the clock for retries.
 */
export function createMemoryBus(options: MemoryBusOptions): MemoryBus {
  const broker = createMemoryBroker();
  const bus = broker.createBus(options);
  const { publish, publishBatch, withContext, subscribe, definitionOf, start, health, stop, close } = bus;
  return {
    service: bus.service,
    publish,
    publishBatch,
    withContext,
    subscribe,
    definitionOf,
    start,
    health,
    stop,
    close,
    broker,
    published: broker.published,
    deadLetters: broker.deadLetters,
    parked: broker.parked,
    publishedOf: (event) => broker.publishedOf(event),
    idle: () => broker.idle(),
    advance: (ms) => broker.advance(ms),
    replay: (request) => broker.replay(request),
    write: (json) => broker.write(json),
    writeVersion: (event, version, data, context) => broker.writeVersion(event, version, data, context),
  };
}
