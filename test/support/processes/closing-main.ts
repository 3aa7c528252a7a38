import { createEventOperator } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { allEvents } from '../events/events.js';
import { createRecordedBus } from '../recording/recorded-bus.js';

// A service that closes its bus and operator on SIGTERM and must then exit by itself.
const redis = process.argv[2] ?? '';
const bus = createRecordedBus({ service: 'billing', redis });
const operator = createEventOperator({ redis, runReplays: true });
bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, async () => undefined));
await bus.start();
process.once('SIGTERM', async () => {
  await Promise.all([bus.close(), operator.close()]);
  process.stdout.write('closed\n');
});
process.stdout.write('started\n');
