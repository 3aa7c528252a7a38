import type { ErrorAnswer } from '../../answers.js';
import { RequestError } from './request.js';
import { currentToken } from './token.js';

/** The service refused, with the code that `docs/admin.md` lists; `AWAY` where nothing answered. */
export class ApiError extends RequestError {
  readonly code: string;
  /** The parameter at fault, such as `body.startTime`. */
  readonly field: string | undefined;
  /** With `DATA_INVALID`: each path and what is wrong there. */
  readonly violations: NonNullable<ErrorAnswer['violations']>;
  /** The service's log has it under this id. */
  readonly requestId: string | undefined;

  constructor(status: number, answer: Partial<ErrorAnswer>, options?: ErrorOptions) {
    const { code = 'UNKNOWN', message = `the service answered ${status}`, field, violations = [], requestId } = answer;
    super(status, message, options);
    this.code = code;
    this.field = field;
    this.violations = violations;
    this.requestId = requestId;
  }
}

/** Values of an address's query; what is undefined or empty is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Reads JSON. @param path Below the page's own folder. @throws ApiError */
export async function ask<Value>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Value> {
  return (await (await call('GET', withQuery(path, query), undefined, signal)).json()) as Value;
}

/** Sends JSON and reads the answer. @throws ApiError */
export async function send<Value>(path: string, body: unknown = {}): Promise<Value> {
  return (await (await call('POST', path, body)).json()) as Value;
}

/** Removes what is at a path. @throws ApiError */
export async function remove<Value>(path: string): Promise<Value> {
  return (await (await call('DELETE', path, undefined)).json()) as Value;
}

/** Opens a stream of server-sent events. @throws ApiError */
export function openStream(path: string, query: Query, signal: AbortSignal): Promise<Response> {
  return call('GET', withQuery(path, query), undefined, signal);
}

async function call(method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const token = currentToken();
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  let response: Response;
  try {
    response = await fetch(path, {
      ...{ method, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    throw new ApiError(0, { code: 'AWAY', message: 'Nothing answers; is the service up?' }, { cause });
  }
  if (response.ok) return response;
  throw new ApiError(response.status, await errorAnswer(response));
}

/** What a proxy in between answers need not be JSON. */
async function errorAnswer(response: Response): Promise<Partial<ErrorAnswer>> {
  try {
    return (await response.json()) as Partial<ErrorAnswer>;
  } catch {
    return {};
  }
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0
    ? path
    : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
