import type { ErrorAnswer } from '../../answers.js';
import type { Endpoints } from '../../endpoints.js';
import { currentToken } from './token.js';

/** A request failed: the server refused it, or did not respond. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 if there was no response. */
  readonly status: number;
  /** Code that `docs/admin.md` lists; `AWAY` if there was no response. */
  readonly code: string;
  /** The parameter that was refused, such as `body.startTime`. */
  readonly field: string | undefined;
  /** With `DATA_INVALID`: each path and what is wrong there. */
  readonly violations: NonNullable<ErrorAnswer['violations']>;
  /** Id under which the service's log contains the request. */
  readonly requestId: string | undefined;

  constructor(status: number, answer: Partial<ErrorAnswer>, options?: ErrorOptions) {
    const { code = 'UNKNOWN', message = `the server answered ${status}`, field, violations = [], requestId } = answer;
    super(message, options);
    this.status = status;
    this.code = code;
    this.field = field;
    this.violations = violations;
    this.requestId = requestId;
  }
}

/** Whether only another token can help: this one is missing, is not valid, or its role is not sufficient. */
export function needsOtherToken(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

type EndpointWith<Part extends string> = {
  [Endpoint in keyof Endpoints]: Endpoints[Endpoint] extends Readonly<Record<Part, unknown>> ? Endpoint : never;
}[keyof Endpoints];

/** Names in a path: `id` in `/admin/events/:id`. */
type NamesIn<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? Name | NamesIn<More>
    : Rest
  : never;

type PathOf<Endpoint extends string> = [NamesIn<Endpoint>] extends [never]
  ? unknown
  : { readonly path: Readonly<Record<NamesIn<Endpoint>, string>> };

/** What a request to an endpoint contains: the values in its path, its query, its body. */
export type InputOf<Endpoint extends keyof Endpoints> = PathOf<Endpoint> &
  Omit<Endpoints[Endpoint], 'answer' | 'text' | 'dryRun'>;

/** The JSON that an endpoint answers. */
export type AnswerOf<Endpoint extends EndpointWith<'answer'>> = Endpoints[Endpoint]['answer'];

/** The query of an endpoint. */
export type QueryOf<Endpoint extends EndpointWith<'query'>> = Endpoints[Endpoint]['query'];

/** The body of an endpoint. */
export type BodyOf<Endpoint extends EndpointWith<'body'>> = Endpoints[Endpoint]['body'];

/** Requests JSON. With `dryRun: true` in the body, the answer is that of a dry run. @throws ApiError */
export function ask<Endpoint extends EndpointWith<'dryRun'>>(
  endpoint: Endpoint,
  input: InputOf<Endpoint> & { readonly body: { readonly dryRun: true } },
  signal?: AbortSignal,
): Promise<Endpoints[Endpoint]['dryRun']>;
export function ask<Endpoint extends EndpointWith<'answer'>>(
  endpoint: Endpoint,
  input: InputOf<Endpoint>,
  signal?: AbortSignal,
): Promise<AnswerOf<Endpoint>>;
export async function ask(endpoint: string, input: Input, signal?: AbortSignal): Promise<unknown> {
  return (await call(endpoint, input, signal)).json();
}

/** Requests text, such as `asyncapi.yaml`. @throws ApiError */
export async function askText<Endpoint extends EndpointWith<'text'>>(
  endpoint: Endpoint,
  input: InputOf<Endpoint>,
): Promise<string> {
  return (await call(endpoint, input)).text();
}

/** Opens the stream of server-sent events. @throws ApiError */
export function openStream(query: QueryOf<'GET /admin/events/live'>, signal: AbortSignal): Promise<Response> {
  return call('GET /admin/events/live', { query }, signal);
}

/** {@link InputOf} of any endpoint. */
interface Input {
  readonly path?: Readonly<Record<string, string>>;
  /** Parameters that are undefined or empty are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

async function call(endpoint: string, { path, query, body }: Input, signal?: AbortSignal): Promise<Response> {
  const [method = '', route = ''] = endpoint.split(' ');
  const token = currentToken();
  const headers = new Headers();
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(addressOf(route, path, query), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (cause) {
    throw new ApiError(0, { code: 'AWAY', message: 'No response from the server.' }, { cause });
  }
  if (response.ok) return response;
  throw new ApiError(response.status, await errorAnswer(response));
}

/** Relative to the folder of the page, because the app can be served below any path. */
function addressOf(route: string, path: Input['path'] = {}, query: Input['query'] = {}): string {
  const filled = route.slice(1).replace(/:(\w+)/g, (_place, name: string) => encodeURIComponent(path[name] ?? ''));
  const present = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  if (present.length === 0) return filled;
  return `${filled}?${new URLSearchParams(present.map(([name, value]) => [name, String(value)]))}`;
}

/** A proxy between the page and the service may answer something other than JSON. */
async function errorAnswer(response: Response): Promise<Partial<ErrorAnswer>> {
  try {
    return (await response.json()) as Partial<ErrorAnswer>;
  } catch {
    return {};
  }
}
