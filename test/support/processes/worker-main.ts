import {
  type Envelope,
  type EventBusOptions,
  type HandlerContext,
  NonRetryableError,
  silentLogger,
} from '@hyvve-events/runtime';
import { type AnyEventDefinition, subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { allEvents, anOrder, atVersion, OrderPlaced } from '../events/events.js';
import { type PaidV1, type PaidV2, settledV1, settledV2, v1ToV2 } from '../events/versioned.js';
import { awayEffects } from '../recording/away.js';
import { createRecordedBus, recordDeath } from '../recording/recorded-bus.js';
import { currentRecorder, processName } from '../recording/recorder.js';
import type { WorkerHandler, WorkerPlan } from './worker.js';

// A service in a separate process whose handlers behave as its plan says. It records its runs on a separate connection.
const plan = JSON.parse(process.argv[2] ?? '') as WorkerPlan;
if (plan.clockOffsetMs !== undefined) {
  const { clockOffsetMs } = plan;
  const realNow = Date.now;
  Date.now = () => realNow() + clockOffsetMs;
}
const record = new Redis(plan.recordUrl);
const options: EventBusOptions = { logger: silentLogger, ...plan.options, service: plan.service, redis: plan.redisUrl };
const bus = createRecordedBus(options);

function kill(): void {
  recordDeath();
  process.kill(process.pid, 'SIGKILL');
}

/** Blocks the event loop: recorded before, since the process may be killed meanwhile. */
function block(ms: number): void {
  const recorder = currentRecorder();
  const fault = { name: 'the event loop is blocked', process: processName(plan.service, process.pid) };
  const effects = awayEffects(ms, plan.options?.leaseMs ?? 30_000);
  recorder?.write({ kind: 'fault', ...fault, until: recorder.now() + ms, effects });
  const end = Date.now() + ms;
  while (Date.now() < end);
}

function failRarely(): void {
  const drawn = Math.random() * 100;
  if (drawn < 1) throw new NonRetryableError('as planned, rarely');
  if (drawn < 6) throw new Error('as planned, rarely');
}

async function behave(handler: WorkerHandler, eventId: string, ctx: HandlerContext): Promise<void> {
  await record.rpush(
    'runs',
    JSON.stringify({ handler: handler.name, eventId, attempt: ctx.attempt, pid: process.pid }),
  );
  if (handler.does === 'block') block(handler.ms ?? 0);
  if (handler.does === 'kill-on' && handler.eventId === eventId) kill();
  if (['sleep', 'kill-on', 'fail', 'fail-rarely'].includes(handler.does ?? ''))
    await new Promise((resolve) => setTimeout(resolve, handler.ms ?? 0));
  if (handler.does === 'never') await new Promise(() => undefined);
  if (handler.does === 'fail') throw new Error('as planned');
  if (handler.does === 'give-up') throw new NonRetryableError('as planned');
  if (handler.does === 'fail-sometimes' && Math.random() < 0.3) throw new Error('as planned, sometimes');
  if (handler.does === 'fail-rarely') failRarely();
  if (handler.does === 'exit') process.exit(1);
  if (handler.does === 'kill') {
    await new Promise((resolve) => setTimeout(resolve, handler.ms ?? 0));
    kill();
  }
  await record.rpush('effects', `${plan.service}/${handler.name}/${eventId}`);
  if (handler.does === 'kill-after-effect') {
    kill();
    await new Promise(() => undefined);
  }
}

const { version = '1.0.0', settled } = plan;
const older = (plan.older ?? []).map((major) => {
  return { major, version: `${major}.0.0`, validate: OrderPlaced.validate, upcast: (data: unknown) => data };
});
const others = allEvents.map((event) => ({ ...atVersion(event, version), older }));
const definitions: readonly AnyEventDefinition[] =
  settled === undefined ? others : [...others, settled === 1 ? settledV1 : settledV2(convert)];
for (const handler of plan.handlers) {
  const { name, pattern = '*', options: handlerOptions = {} } = handler;
  bus.subscribe(
    subscribeTo(definitions, pattern, { name, ...handlerOptions }, async (event: Envelope, ctx) => {
      await checkForm(event);
      await behave(handler, event.id, ctx);
    }),
  );
}

function convert(data: PaidV1): PaidV2 {
  if (data.orderId === plan.conversionKills) kill();
  return v1ToV2(data);
}

/** The amount in euros is in the order's id: data in another form than that of this build is recorded. */
async function checkForm({ id, type, data, version: known }: Envelope): Promise<void> {
  if (settled === undefined || type !== settledV1.type) return;
  const { orderId, amount } = data as { readonly orderId: string; readonly amount: number };
  if (known === `${settled}.0.0` && amount === Number(orderId) * (settled === 1 ? 1 : 100)) return;
  await record.rpush('wrong', `${id} ${known} ${orderId} ${amount} in a build of ${settled}`);
}

async function publishSettled(): Promise<void> {
  const orderId = String(1 + Math.floor(Math.random() * 100));
  const shop = bus.withContext({ tenantId: 'tenant-1' });
  if (settled === 1) await shop.publish(settledV1, { orderId, amount: Number(orderId) });
  else await shop.publish(settledV2(), { orderId, amount: Number(orderId) * 100 });
}

let publishing: NodeJS.Timeout | undefined;
process.on('SIGTERM', () => {
  clearInterval(publishing);
  void bus.close().then(() => process.exit(0));
});
if (plan.handlers.length > 0) await bus.start();
if (plan.publishes === true) {
  await bus.publish(atVersion(OrderPlaced, version), anOrder, { tenantId: 'tenant-1' });
}
await record.rpush('started', process.pid);
if (plan.publishesPerSecond !== undefined) {
  publishing = setInterval(() => void publishSettled(), 1_000 / plan.publishesPerSecond);
}
