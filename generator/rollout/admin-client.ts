import type { EventVersions, VersionCount, VersionRegistry, VersionScan } from '@hyvve-events/runtime';
import { commandError, type GeneratorError } from '../support/errors.js';

/** Flags of commands that ask the admin service. */
export interface AdminFlags {
  readonly admin?: string;
  readonly token?: string;
}

/** Who reads and publishes one event type, and what is stored of it. */
export interface StoredVersions {
  readonly registry: Omit<VersionRegistry, 'events'>;
  readonly event: EventVersions;
  /** The counts of the whole scan. */
  readonly found: readonly VersionCount[];
}

/** The answer of the admin service about one type. Fields that are undefined are absent. */
interface TypeAnswer extends Omit<VersionRegistry, 'events'> {
  readonly event: EventVersions;
  readonly stored: VersionScan;
}

/** Maximum time of one request, in milliseconds. */
const requestMs = 30_000;
/** Longest wait that the service may ask for when there are too many requests, in milliseconds. */
const longestWaitMs = 60_000;

/** Asks the admin service of a running system. */
export class AdminClient {
  readonly #command: string;
  readonly #base: URL;
  readonly #token: string | undefined;

  /**
   * @param command Name of the command, for errors.
   * @throws GeneratorError `USAGE` if the address is missing or is not an address
   */
  constructor(command: string, { admin, token = process.env.HYVVE_EVENTS_TOKEN }: AdminFlags) {
    this.#command = command;
    this.#token = token === '' ? undefined : token;
    const hint = 'pass the address of the admin service, such as --admin https://events.example.com';
    if (admin === undefined) throw commandError(command, { code: 'USAGE', message: '--admin is missing', hint });
    const base = URL.canParse(admin) ? new URL(admin) : undefined;
    if (base === undefined || !/^https?:$/.test(base.protocol) || base.username !== '') {
      const message = '--admin must be an http:// or https:// address without a user name';
      throw commandError(command, { code: 'USAGE', message, hint });
    }
    // An address with a path, behind a proxy, may end with or without a slash.
    base.pathname = base.pathname.replace(/\/*$/, '/');
    this.#base = base;
  }

  /** Who reads and publishes which versions of all types. @throws GeneratorError `ADMIN_FAILED` */
  async registry(): Promise<VersionRegistry> {
    const answer = await this.#get<VersionRegistry>('admin/events/versions');
    if (!Array.isArray(answer.events) || answer.uncounted === undefined) throw this.#notUnderstood();
    return answer;
  }

  /**
   * The same for one type, with what is stored of it.
   * @param onPart Called after each part of the scan.
   * @throws GeneratorError `ADMIN_FAILED`
   */
  async stored(type: string, onPart: (scanned: number, total: number) => void): Promise<StoredVersions> {
    const found: VersionCount[] = [];
    let cursor: string | undefined;
    for (;;) {
      const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const answer = await this.#get<TypeAnswer>(`admin/events/versions/${encodeURIComponent(type)}${query}`);
      const { event, stored, ...registry } = answer;
      if (!Array.isArray(event?.readers) || !Array.isArray(stored?.found)) throw this.#notUnderstood();
      found.push(...stored.found);
      onPart(stored.scanned, stored.total);
      if (stored.cursor !== undefined && stored.cursor === cursor) throw this.#notUnderstood();
      cursor = stored.cursor;
      if (cursor === undefined) return { registry, event, found };
    }
  }

  async #get<Answer>(path: string): Promise<Answer> {
    const response = await this.#request(path);
    const body = await response.json().catch(() => undefined);
    if (response.ok && typeof body === 'object' && body !== null) return body as Answer;
    if (response.ok) throw this.#notUnderstood();
    const { code, message } = (body ?? {}) as { readonly code?: string; readonly message?: string };
    const why = typeof code === 'string' ? `${code}: ${message}` : `status ${response.status}`;
    throw this.#failed(`the admin service answered ${why}`, hintOf(response.status, this.#token !== undefined));
  }

  /** One request; a second one after the time that the service asks for when there are too many. */
  async #request(path: string): Promise<Response> {
    const first = await this.#fetch(path);
    const waitMs = Number(first.headers.get('retry-after')) * 1000;
    if (first.status !== 429 || !(waitMs > 0 && waitMs <= longestWaitMs)) return first;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return this.#fetch(path);
  }

  async #fetch(path: string): Promise<Response> {
    const headers = { accept: 'application/json', ...(this.#token && { authorization: `Bearer ${this.#token}` }) };
    try {
      // A redirect, such as that of a sign-in page, would be followed without the token.
      return await fetch(new URL(path, this.#base), {
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(requestMs),
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      const message = `the admin service at ${this.#base.origin} cannot be reached: ${cause}`;
      throw this.#failed(message, 'start it, or correct the address of --admin');
    }
  }

  #notUnderstood(): GeneratorError {
    const message = `${this.#base.href} does not answer like an admin service that knows the versions of events`;
    return this.#failed(message, 'correct the address of --admin, or upgrade the admin service');
  }

  #failed(message: string, hint: string): GeneratorError {
    return commandError(this.#command, { code: 'ADMIN_FAILED', message, hint });
  }
}

function hintOf(status: number, hasToken: boolean): string {
  if (status === 401) return `${hasToken ? 'pass a valid token' : 'pass a token'} with --token or HYVVE_EVENTS_TOKEN`;
  if (status === 404) return 'pass a token that is bound to no tenant, and upgrade an older admin service';
  if (status >= 300 && status < 400) return 'pass the address behind the redirect';
  return 'docs/admin.md explains the code';
}
