import { currentToken } from './token.js';

/** The service, or the file server, did not give what was asked for. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** HTTP status; 0 where nothing answered. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Reads JSON from a path below the page's own folder. @throws RequestError */
export async function getJson<Value>(path: string, signal?: AbortSignal): Promise<Value> {
  return (await (await get(path, signal)).json()) as Value;
}

/** Reads text, as {@link getJson} reads JSON. @throws RequestError */
export async function getText(path: string): Promise<string> {
  return (await get(path)).text();
}

async function get(path: string, signal?: AbortSignal): Promise<Response> {
  const token = currentToken();
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(path, { headers, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    throw new RequestError(0, 'nothing answers; is the server up?', { cause });
  }
  if (!response.ok) throw new RequestError(response.status, `${path} was answered ${response.status}`);
  return response;
}
