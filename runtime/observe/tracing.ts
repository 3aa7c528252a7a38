import {
  type Attributes,
  context,
  isSpanContextValid,
  type Link,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import { failureOf } from '../support/failure.js';

/** What the API hands out while no SDK is installed. */
const noProvider = new ProxyTracerProvider().getDelegate();
const scope = '@hyvve-events/runtime';

/** Whether an OpenTelemetry SDK is installed. Without one nothing of this file costs more than this look. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider && provider.getDelegate() === noProvider);
}

/** The span of one publish. */
export interface PublishSpan {
  /** W3C trace context for the envelopes. */
  readonly traceparent: string;
  /** @param ids The events' ids. */
  succeeded(ids: readonly string[]): void;
  failed(error: unknown): void;
}

/** Starts the span of a publish, a child of what runs now. @param destination The stream. */
export function startPublish(destination: string, types: readonly string[]): PublishSpan {
  const [type = ''] = types;
  const batch = types.length > 1 || types.length === 0;
  const attributes: Attributes = {
    'messaging.system': 'redis',
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'publish',
    'messaging.destination.name': destination,
    ...(batch ? { 'messaging.batch.message_count': types.length } : { 'hyvve.event.type': type }),
  };
  const span = tracer().startSpan(`publish ${batch ? 'batch' : type}`, { kind: SpanKind.PRODUCER, attributes });
  return {
    traceparent: formatTraceparent(span.spanContext()),
    succeeded: (ids) => {
      const [id] = ids;
      if (!batch && id !== undefined) span.setAttribute('messaging.message.id', id);
      span.end();
    },
    failed: (error) => endFailed(span, error),
  };
}

/** What a run's span tells of it. */
export interface ProcessFacts {
  readonly event: Envelope | UnknownEvent;
  readonly streamId: string;
  /** The stream. */
  readonly destination: string;
  readonly group: string;
  readonly handler: string;
  /** Which run it is, from 1. */
  readonly attempt: number;
}

/** The span of one run of a handler. */
export interface ProcessSpan {
  /** Runs `call` within the span: what it publishes is the span's child. */
  within<T>(call: () => T): T;
  succeeded(): void;
  /** @param thrown What the handler threw. */
  failed(thrown: unknown): void;
}

/**
 * Starts the span of a handler's run. The first run is a child of the publish; retries and replays come minutes or months
 * later, and are traces of their own with a link to it.
 */
export function startProcess({ event, streamId, destination, group, handler, attempt }: ProcessFacts): ProcessSpan {
  const publisher = parseTraceparent(event.traceparent);
  const isFirst = attempt === 1 && event.replay === undefined;
  const parent = publisher !== undefined && isFirst ? trace.setSpanContext(ROOT_CONTEXT, publisher) : ROOT_CONTEXT;
  const links: Link[] = publisher === undefined || isFirst ? [] : [{ context: publisher }];
  const attributes: Attributes = {
    'messaging.system': 'redis',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': destination,
    'messaging.consumer.group.name': group,
    'messaging.message.id': event.id,
    'messaging.message.conversation_id': event.correlationId,
    'hyvve.event.type': event.type,
    'hyvve.tenant.id': event.tenantId,
    'hyvve.stream.id': streamId,
    'hyvve.handler': handler,
    'hyvve.attempt': attempt,
    ...(event.replay === undefined ? {} : { 'hyvve.replay.job_id': event.replay.jobId }),
  };
  const options = { kind: SpanKind.CONSUMER, attributes, links };
  const span = tracer().startSpan(`process ${event.type}`, options, parent);
  return {
    within: (call) => context.with(trace.setSpan(parent, span), call),
    succeeded: () => span.end(),
    failed: (thrown) => endFailed(span, thrown),
  };
}

function tracer() {
  return trace.getTracer(scope);
}

/** Ends a span as the conventions say: its error's type and status, and the error as an exception event. */
function endFailed(span: Span, thrown: unknown): void {
  const { name, message, code, stack } = failureOf(thrown);
  span.setAttribute('error.type', code ?? name);
  span.recordException({ name, message, ...(stack === undefined ? {} : { stack }) });
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
}

function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Undefined where there is none, or none of a form we know. */
function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const found = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(text ?? '');
  if (found === null) return undefined;
  const [, traceId = '', spanId = '', flags = '0'] = found;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}
