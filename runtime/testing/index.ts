export { createMemoryBus, type MemoryBus } from './create-memory-bus.js';
export { createMemoryBroker, type MemoryBroker, type MemoryBrokerOptions } from './memory-broker.js';
export type { MemoryBusOptions } from './memory-bus.js';
export type { PublishedEvent } from './memory-stream.js';
