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
import type { HandleInterceptor, HandleRequest } from '../handle/interceptor.js';
import type { PublishInterceptor } from '../publish/interceptor.js';
import { failureOf } from '../support/failure.js';

/** The provider that the API returns while no SDK is installed. */
const noProvider = new ProxyTracerProvider().getDelegate();
const scope = '@hyvve-events/runtime';

/** Whether an OpenTelemetry SDK is installed. Without one, only this check costs time. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider && provider.getDelegate() === noProvider);
}

/** A span for every publish, as a child of the active span. The envelopes contain its trace context. */
export const tracePublish: PublishInterceptor = (next) => async (request) => {
  const { destination, drafts } = request;
  const [type = ''] = drafts.map(({ event }) => event.type);
  const isBatch = drafts.length !== 1;
  const attributes: Attributes = {
    'messaging.system': 'redis',
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'publish',
    'messaging.destination.name': destination,
    ...(isBatch ? { 'messaging.batch.message_count': drafts.length } : { 'hyvve.event.type': type }),
  };
  const span = tracer().startSpan(`publish ${isBatch ? 'batch' : type}`, { kind: SpanKind.PRODUCER, attributes });
  try {
    const published = await next({ ...request, traceparent: formatTraceparent(span.spanContext()) });
    const [first] = published;
    if (!isBatch && first !== undefined) span.setAttribute('messaging.message.id', first.id);
    span.end();
    return published;
  } catch (error) {
    endFailed(span, error);
    throw error;
  }
};

/**
 * A span for every run of a handler, which is the parent of the handler's publishes. The first run is a child of the publish.
 * Retries and replays, which run minutes or months later, are separate traces with a link to the publish.
 * @param destination The stream.
 */
export function traceRuns(destination: string): HandleInterceptor {
  return (next) => async (request) => {
    const publisher = parseTraceparent(request.event.traceparent);
    const isFirst = request.context.attempt === 1 && request.event.replay === undefined;
    const parent = publisher !== undefined && isFirst ? trace.setSpanContext(ROOT_CONTEXT, publisher) : ROOT_CONTEXT;
    const links: Link[] = publisher === undefined || isFirst ? [] : [{ context: publisher }];
    const options = { kind: SpanKind.CONSUMER, attributes: runAttributes(request, destination), links };
    const span = tracer().startSpan(`process ${request.event.type}`, options, parent);
    try {
      const result = await context.with(trace.setSpan(parent, span), () => next(request));
      if (result.outcome === 'completed') span.end();
      else endFailed(span, result.error);
      return result;
    } catch (error) {
      endFailed(span, error);
      throw error;
    }
  };
}

function runAttributes({ event, context: run }: HandleRequest, destination: string): Attributes {
  const { upcastFrom } = event;
  return {
    'messaging.system': 'redis',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.destination.name': destination,
    'messaging.consumer.group.name': run.group,
    'messaging.message.id': event.id,
    'messaging.message.conversation_id': event.correlationId,
    'hyvve.event.type': event.type,
    'hyvve.event.version': event.version,
    ...(upcastFrom === undefined ? {} : { 'hyvve.event.upcast_from': upcastFrom }),
    'hyvve.tenant.id': event.tenantId,
    'hyvve.stream.id': run.streamId,
    'hyvve.handler': run.handler,
    'hyvve.attempt': run.attempt,
    ...(event.replay === undefined ? {} : { 'hyvve.replay.job_id': event.replay.jobId }),
  };
}

function tracer() {
  return trace.getTracer(scope);
}

/** Ends a span according to the semantic conventions: type and status of the error, and the error as an exception event. */
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

/** Parses a W3C traceparent. Undefined if it is absent or invalid. */
function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const found = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(text ?? '');
  if (found === null) return undefined;
  const [, traceId = '', spanId = '', flags = '0'] = found;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}
