import { type HandleInterceptor, type HandlerOptions, NonRetryableError, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { createMemoryBroker, createMemoryBus } from '@hyvve-events/runtime/testing';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPaid, OrderPlaced } from '../../../support/events/events.js';
import { settledV1, settledV2 } from '../../../support/events/versioned.js';

const tenant = { tenantId: 'tenant-1' };
const exporter = new InMemorySpanExporter();

beforeEach(() => {
  exporter.reset();
});
afterEach(() => {
  trace.disable();
  context.disable();
});

function install(): void {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
}

const spans = (name: string): ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name === name);
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;
const traceOf = (span: ReadableSpan | undefined) => span?.spanContext().traceId;

/** A started bus with one handler for placed orders. */
async function handle(run: (attempt: number) => unknown, options: HandlerOptions = {}) {
  const bus = createMemoryBus({ service: 'billing' });
  bus.subscribe(
    subscribeTo(allEvents, OrderPlaced.type, { name: 'bill', ...options }, async (_event, ctx) => {
      await run(ctx.attempt);
      if (ctx.attempt === 1) await ctx.publish(OrderPaid, anOrder);
    }),
  );
  await bus.start();
  return bus;
}

describe('traces', () => {
  it.each<[string, HandleInterceptor, string]>([
    ['throws', () => () => Promise.reject(new RangeError('refused here')), 'RangeError'],
    ['returns nothing', () => async () => undefined as never, 'CONFIG_INVALID'],
  ])('⚑ an interceptor of runs that %s: the span ends with its error', async (_what, wrong, errorType) => {
    install();
    const bus = createMemoryBus({ service: 'billing', interceptors: { handle: [wrong] } });
    bus.subscribe(subscribeTo(allEvents, OrderPlaced.type, { name: 'bill', maxRetries: 0 }, () => undefined));
    await bus.start();
    await bus.publish(OrderPlaced, anOrder, tenant);
    await bus.idle();
    const [span] = spans(`process ${OrderPlaced.type}`);
    expect(span?.status.code).toBe(SpanStatusCode.ERROR);
    expect(span?.attributes['error.type']).toBe(errorType);
  });

  it('⚑ an interceptor of publishes that returns nothing: the span ends with CONFIG_INVALID', async () => {
    install();
    const bus = createMemoryBus({
      service: 'billing',
      interceptors: { publish: [() => async () => undefined as never] },
    });
    await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const [span] = spans(`publish ${OrderPlaced.type}`);
    expect(span?.attributes['error.type']).toBe('CONFIG_INVALID');
  });

  it('join a publish, its run, and the publishes of the run', async () => {
    install();
    const bus = await handle(() => undefined);
    const root = trace.getTracer('test').startSpan('request');
    const { id } = await context.with(trace.setSpan(context.active(), root), () =>
      bus.publish(OrderPlaced, anOrder, tenant),
    );
    await bus.idle();
    const [published] = spans('publish shop.order.placed');
    const [processed] = spans('process shop.order.placed');
    const [followed] = spans('publish shop.order.paid');
    expect(published?.parentSpanContext?.spanId).toBe(root.spanContext().spanId);
    expect(processed?.parentSpanContext?.spanId).toBe(idOf(published));
    expect(followed?.parentSpanContext?.spanId).toBe(idOf(processed));
    expect(new Set([published, processed, followed].map(traceOf))).toEqual(new Set([root.spanContext().traceId]));
    expect([published?.kind, processed?.kind]).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER]);
    expect(published?.attributes).toMatchObject({
      'messaging.system': 'redis',
      'messaging.operation.type': 'send',
      'messaging.message.id': id,
    });
    expect(processed?.attributes).toMatchObject({
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': 'billing',
      'messaging.message.id': id,
      'hyvve.event.version': '1.0.0',
      'hyvve.handler': 'bill',
      'hyvve.attempt': 1,
    });
    expect(processed?.attributes).not.toHaveProperty('hyvve.event.upcast_from');
    expect(bus.published[0]?.traceparent).toBe(`00-${traceOf(published)}-${idOf(published)}-01`);
  });

  it('link retries to the publish instead of parenting them', async () => {
    install();
    const bus = await handle(
      (attempt) => {
        if (attempt === 1) throw new TypeError('not yet');
      },
      { retryDelaysMs: [1_000] },
    );
    await bus.publish(OrderPlaced, anOrder, tenant);
    await bus.advance(2_000);
    const [published] = spans('publish shop.order.placed');
    const [first, retry] = spans('process shop.order.placed');
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'not yet' });
    expect(first?.attributes['error.type']).toBe('TypeError');
    expect(retry?.parentSpanContext).toBeUndefined();
    expect(traceOf(retry)).not.toBe(traceOf(published));
    expect(retry?.links.map((link) => link.context.spanId)).toEqual([idOf(published)]);
    expect(retry?.attributes['hyvve.attempt']).toBe(2);
  });

  it('of an event of an older version have the version that its handler gets, and the one that was written', async () => {
    install();
    const broker = createMemoryBroker();
    const bus = broker.createBus({ service: 'billing', logger: silentLogger });
    bus.subscribe(subscribeTo([settledV2()], '*', { name: 'bill' }, () => undefined));
    await bus.start();
    await broker.createBus({ service: 'shop' }).publish(settledV1, { orderId: 'o', amount: 1 }, tenant);
    await broker.idle();
    const [processed] = spans('process shop.order.settled');
    expect(processed?.attributes).toMatchObject({ 'hyvve.event.version': '2.0.0', 'hyvve.event.upcast_from': '1.0.0' });
  });

  it('contain the reason of a refused publish', async () => {
    install();
    const bus = createMemoryBus({ service: 'shop' });
    // @ts-expect-error no tenant: the compiler refuses it, too
    await expect(bus.publish(OrderPlaced, anOrder)).rejects.toThrow('CONTEXT_INVALID');
    const [published] = spans('publish shop.order.placed');
    expect(published?.status.code).toBe(SpanStatusCode.ERROR);
    expect(published?.attributes['error.type']).toBe('CONTEXT_INVALID');
  });

  it('without an SDK: no spans, and no trace context in the envelope', async () => {
    const bus = await handle(() => undefined);
    await bus.publish(OrderPlaced, anOrder, tenant);
    await bus.idle();
    expect(exporter.getFinishedSpans()).toEqual([]);
    expect(bus.published).toHaveLength(2);
    expect(bus.published[0]).not.toHaveProperty('traceparent');
  });
});

describe('metrics', () => {
  it('hooks are called for publishes and runs, and an error in a hook is ignored', async () => {
    const calls: unknown[] = [];
    const bus = createMemoryBus({
      service: 'billing',
      metrics: {
        published: ({ types, error }) => calls.push(['published', types, error]),
        ran: ({ handler, outcome, attempt, durationMs, replayed }) => {
          calls.push([handler, outcome, attempt, durationMs >= 0, replayed]);
          throw new Error('a bad hook');
        },
      },
    });
    bus.subscribe(
      subscribeTo(allEvents, OrderPlaced.type, { name: 'bill', retryDelaysMs: [60_000] }, async (_event, ctx) => {
        if (ctx.attempt === 1) throw new Error('not yet');
      }),
      subscribeTo(allEvents, OrderPaid.type, { name: 'mail' }, async () => {
        throw new NonRetryableError('never');
      }),
    );
    await bus.start();
    await bus.publish(OrderPlaced, anOrder, tenant);
    await bus.idle();
    await bus.publish(OrderPaid, anOrder, tenant);
    await bus.advance(70_000);
    // @ts-expect-error no tenant: the compiler refuses it, too
    await expect(bus.publish(OrderPlaced, anOrder)).rejects.toThrow();
    expect(calls).toEqual([
      ['published', ['shop.order.placed'], undefined],
      ['bill', 'failed', 1, true, false],
      ['published', ['shop.order.paid'], undefined],
      ['mail', 'dead', 1, true, false],
      ['bill', 'completed', 2, true, false],
      ['published', ['shop.order.placed'], 'CONTEXT_INVALID'],
    ]);
    expect(bus.health()).toMatchObject({ live: true, ready: true });
  });
});
