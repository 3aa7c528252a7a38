import { EventBusError, type EventBusErrorCode } from '@hyvve-events/runtime';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AdminError, type AdminErrorCode } from '../errors.js';

/** What the runtime's errors are answered as; the others are faults of ours. */
const ofTheBus: Partial<Readonly<Record<EventBusErrorCode, AdminErrorCode>>> = {
  UNAVAILABLE: 'REDIS_UNAVAILABLE',
  REDIS_UNSUITABLE: 'REDIS_UNAVAILABLE',
  CLOSED: 'REDIS_UNAVAILABLE',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  VALIDATION_FAILED: 'DATA_INVALID',
  REPLAY_INVALID: 'RANGE_INVALID',
  CONFIG_INVALID: 'RANGE_INVALID',
};

/** What Fastify's own refusals are answered as, by their status. */
const ofFastify: Readonly<Record<number, AdminErrorCode>> = {
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
};

/** Classes of PostgreSQL's errors that say that the server cannot serve now: connection, resources, operator, system. */
const notServing = /^(08|53|57|58|XX)/;
const retryAfterSeconds = 2;

/** Answers a request that no route is for. */
export function answerUnknownRoute(request: FastifyRequest): never {
  throw new AdminError('NOT_FOUND', `there is no route ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}`);
}

/** Answers an error in one form, with nothing of a fault but its request's id: also of an address that Fastify cannot read. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, message, statusCode, details } = adminErrorOf(error);
  if (statusCode >= 500) request.log[code === 'INTERNAL' ? 'error' : 'warn']({ err: error }, 'request failed');
  if (statusCode === 401) reply.header('www-authenticate', 'Bearer');
  const wait = details.retryAfterSeconds ?? (statusCode === 503 ? retryAfterSeconds : undefined);
  if (wait !== undefined) reply.header('retry-after', String(wait));
  const { field, expected, nearest, violations } = details;
  return reply.code(statusCode).send({ code, message, requestId: request.id, field, expected, nearest, violations });
}

/** What an error is answered as. */
export function adminErrorOf(error: unknown): AdminError {
  if (error instanceof AdminError) return error;
  if (error instanceof EventBusError) return ofBus(error);
  if (error instanceof DrizzleQueryError) return ofDatabase(error);
  if (isClientError(error)) {
    const code =
      ofFastify[error.statusCode] ?? (error.code.startsWith('FST_ERR_CTP') ? 'BODY_INVALID' : 'PARAMETER_INVALID');
    return new AdminError(code, error.message, { cause: error });
  }
  return new AdminError('INTERNAL', 'internal error; the process log has the details under the request id', {
    cause: error,
  });
}

function ofBus(error: EventBusError): AdminError {
  const code = ofTheBus[error.code];
  if (code === undefined)
    return new AdminError('INTERNAL', 'internal error; the process log has the details under the request id', {
      cause: error,
    });
  const { rawMessage, violations } = error;
  return new AdminError(code, rawMessage, { cause: error, ...(violations.length === 0 ? {} : { violations }) });
}

function ofDatabase(error: DrizzleQueryError): AdminError {
  const { cause } = error;
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : '';
  // A connection that breaks has a code of the system's, such as ECONNREFUSED, or none.
  if (/^[0-9A-Z]{5}$/.test(code) && !notServing.test(code)) {
    return new AdminError('INTERNAL', 'internal error; the process log has the details under the request id', {
      cause: error,
    });
  }
  return new AdminError(
    'INDEX_UNAVAILABLE',
    'the index does not answer: dead letters, replays and statistics work without it',
    { cause: error },
  );
}

function isClientError(error: unknown): error is FastifyError & { readonly statusCode: number } {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return false;
  return error.statusCode >= 400 && error.statusCode < 500 && 'code' in error && typeof error.code === 'string';
}
