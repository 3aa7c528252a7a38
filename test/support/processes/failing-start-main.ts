import { createEventBus } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { allEvents } from '../events/events.js';

// A service whose start fails: it logs the error and must then exit by itself.
const bus = createEventBus({ service: 'billing', redis: process.argv[2] ?? '', startTimeoutMs: 500 });
bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => undefined));
await bus.start().catch((error: unknown) => console.log(`caught: ${error instanceof Error ? error.message : error}`));
