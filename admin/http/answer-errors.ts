import { EventBusError, type EventBusErrorCode } from '@hyvve-events/runtime';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AdminError, type AdminErrorCode } from '../errors.js';
import { present } from '../support/present.js';

/** Codes of the runtime and their codes in answers. Other errors of the runtime are internal errors. */
const codesOfBus: Partial<Readonly<Record<EventBusErrorCode, AdminErrorCode>>> = {
  UNAVAILABLE: 'REDIS_UNAVAILABLE',
  REDIS_UNSUITABLE: 'REDIS_UNAVAILABLE',
  CLOSED: 'REDIS_UNAVAILABLE',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  VALIDATION_FAILED: 'DATA_INVALID',
  REPLAY_INVALID: 'RANGE_INVALID',
  CONFIG_INVALID: 'RANGE_INVALID',
  CONTEXT_INVALID: 'PARAMETER_INVALID',
  PAYLOAD_TOO_LARGE: 'BODY_TOO_LARGE',
  MEMORY_HIGH: 'REDIS_UNAVAILABLE',
  OVERLOADED: 'REDIS_UNAVAILABLE',
};

/** Codes in answers for Fastify's own errors, by status. */
const codesOfFastify: Readonly<Record<number, AdminErrorCode>> = {
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
};

/** Classes of PostgreSQL's errors that make it unavailable: connection, resources, operator intervention, system, internal. */
const unavailable = /^(08|53|57|58|XX)/;
const retryAfterSeconds = 2;

/** Answers a request that matches no route. */
export function answerUnknownRoute(request: FastifyRequest): never {
  throw new AdminError('NOT_FOUND', `there is no route ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}`);
}

/**
 * Answers an error as `ErrorAnswer`. The answer to an internal error contains no details, only the request's id. Also called for
 * URLs that Fastify cannot parse.
 */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, message, statusCode, details } = adminErrorOf(error);
  if (statusCode >= 500) request.log[code === 'INTERNAL' ? 'error' : 'warn']({ err: error }, 'request failed');
  if (statusCode === 401) reply.header('www-authenticate', 'Bearer');
  const waitSeconds = details.retryAfterSeconds ?? (statusCode === 503 ? retryAfterSeconds : undefined);
  if (waitSeconds !== undefined) reply.header('retry-after', String(waitSeconds));
  const { field, expected, nearest, violations } = details;
  return reply.code(statusCode).send({ code, message, requestId: request.id, field, expected, nearest, violations });
}

/** Converts an error to the one that is answered. */
export function adminErrorOf(error: unknown): AdminError {
  if (error instanceof AdminError) return error;
  if (error instanceof EventBusError) return fromBus(error);
  if (error instanceof DrizzleQueryError) return fromDatabase(error);
  if (isClientError(error)) {
    const code =
      codesOfFastify[error.statusCode] ?? (error.code.startsWith('FST_ERR_CTP') ? 'BODY_INVALID' : 'PARAMETER_INVALID');
    return new AdminError(code, error.message, { cause: error });
  }
  return internalError(error);
}

function internalError(cause: unknown): AdminError {
  return new AdminError('INTERNAL', 'internal error; the process log has the details under the request id', { cause });
}

function fromBus(error: EventBusError): AdminError {
  const code = codesOfBus[error.code];
  if (code === undefined) return internalError(error);
  const { rawMessage, violations } = error;
  return new AdminError(
    code,
    rawMessage,
    present({ cause: error, violations: violations.length === 0 ? undefined : violations }),
  );
}

function fromDatabase(error: DrizzleQueryError): AdminError {
  const { cause } = error;
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : '';
  // The error of a broken connection has a code of the operating system, such as ECONNREFUSED, or no code.
  if (/^[0-9A-Z]{5}$/.test(code) && !unavailable.test(code)) return internalError(error);
  return new AdminError(
    'INDEX_UNAVAILABLE',
    'the index is not available; single events, single dead letters, replays and statistics work without it',
    { cause: error },
  );
}

function isClientError(error: unknown): error is FastifyError & { readonly statusCode: number } {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return false;
  return error.statusCode >= 400 && error.statusCode < 500 && 'code' in error && typeof error.code === 'string';
}
