import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../errors.js';
import type { Logger } from '../logger.js';
import { newClient, type Redis, type RedisOptions, type RedisTarget } from './client.js';
import { runScript, type Script, type ScriptArgument } from './script.js';

/** How often replies under way are held against their time, in milliseconds: one timer serves all calls. */
const watchdogTickMs = 100;

export interface LinkOptions {
  readonly target: RedisTarget;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  readonly logger: Logger;
  /** A call that gets no reply for this long breaks the connection: it may be half open. In milliseconds. */
  readonly replyTimeoutMs: number;
  /** How long {@link persist} goes on without a connection, in milliseconds. Default: for ever. */
  readonly patienceMs?: number;
  /** Looks at this Redis before the first use. What it throws of an EventBusError closes the link for good. */
  readonly check?: (link: Link) => Promise<void>;
  /** Looks at Redis after each later connection, before the link is ready. */
  readonly returned?: (link: Link) => Promise<void>;
}

/**
 * One connection to Redis. A call either has its reply or rejects soon: the client neither queues while Redis is away
 * nor sends again by itself, since a write sent twice is an event published twice. Connecting again goes on for as long
 * as the link is open.
 */
export class Link {
  readonly redis: Redis;
  readonly #options: LinkOptions;
  /** Redis time less `performance.now()`, in milliseconds: the local clock may be set at any moment. */
  #clockOffset = Date.now() - performance.now();
  #timeKnown = false;
  #checked = false;
  #fatal: EventBusError | undefined;
  #lastError: unknown;
  #open = true;
  #greeting: NodeJS.Timeout | undefined;
  /** Calls under way. */
  readonly #expected = new Set<{ readonly until: number }>();
  #watchdog: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(options: LinkOptions) {
    this.#options = options;
    const settings: RedisOptions = {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 5_000,
      keepAlive: 10_000,
      connectionName: options.name,
      retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
    };
    const { target } = options;
    this.redis = newClient(target, settings);
    this.redis.on('connect', () => this.#expectGreeting());
    this.redis.on('ready', () => void this.#becomeReady());
    // Without a listener, ioredis prints each failed attempt to the console.
    this.redis.on('error', (error) => {
      this.#lastError = error;
      options.logger.debug({ err: error, link: options.name }, 'redis connection error');
    });
    this.redis.on('close', () => {
      clearTimeout(this.#greeting);
      this.#timeKnown = false;
    });
  }

  /** Starts connecting where that was not done; does not wait. */
  connect(): void {
    if (this.redis.status === 'wait') this.redis.connect().catch(() => undefined);
  }

  /** True once the link was ready: it knows Redis's clock. */
  get wasReady(): boolean {
    return this.#checked;
  }

  /** Why the link is closed for good, where this Redis cannot serve. */
  get fatal(): EventBusError | undefined {
    return this.#fatal;
  }

  /** True when a call would be sent now. */
  get isReady(): boolean {
    return this.#timeKnown && this.redis.status === 'ready';
  }

  /** How long {@link persist} goes on without a connection, in milliseconds. */
  get patienceMs(): number {
    return this.#options.patienceMs ?? Number.POSITIVE_INFINITY;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Redis's clock, in milliseconds since 1970, as far as the last look at it tells. */
  now(): number {
    return performance.now() + this.#clockOffset;
  }

  /** Redis time less local time, in milliseconds. */
  get clockSkew(): number {
    return this.now() - Date.now();
  }

  /** Why there was no connection last. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Resolves when a call would be sent, or after `timeoutMs`, or when the link is closed; says which by true or false. */
  async whenReady(timeoutMs: number): Promise<boolean> {
    if (this.isReady || !this.#open || timeoutMs <= 0) return this.isReady;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      this.#waiting.add(end);
    });
    return this.isReady;
  }

  /** Runs a script. Rejects with ioredis's error; {@link isConnectionError} tells what may be tried again. */
  run(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return this.watch(runScript(this.redis, script, keys, args));
  }

  /** Holds a call's reply against the reply timeout (plus `extraMs` for calls that block). */
  async watch<T>(reply: Promise<T>, extraMs = 0): Promise<T> {
    const expected = { until: performance.now() + this.#options.replyTimeoutMs + extraMs };
    this.#expected.add(expected);
    this.#watchdog ??= setInterval(() => this.#lookAtReplies(), watchdogTickMs);
    try {
      return await reply;
    } finally {
      this.#expected.delete(expected);
    }
  }

  #lookAtReplies(): void {
    if (this.#expected.size === 0) {
      clearInterval(this.#watchdog);
      this.#watchdog = undefined;
      return;
    }
    const now = performance.now();
    if (![...this.#expected].some(({ until }) => until < now)) return;
    this.#expected.clear();
    this.#options.logger.warn({ link: this.#options.name }, 'no reply from redis: connecting again');
    this.redis.disconnect(true);
  }

  /** Breaks the connection and makes a new one; calls under way reject. */
  reconnect(): void {
    if (this.#open) this.redis.disconnect(true);
  }

  close(): void {
    this.#open = false;
    clearTimeout(this.#greeting);
    this.redis.disconnect();
    this.#release();
  }

  /** A connection that is open but silent would be waited for without end: the client's own limit ends with the opening. */
  #expectGreeting(): void {
    const { logger, name, replyTimeoutMs } = this.#options;
    clearTimeout(this.#greeting);
    this.#greeting = setTimeout(() => {
      logger.warn({ link: name }, 'no greeting from redis: connecting again');
      this.reconnect();
    }, replyTimeoutMs);
  }

  async #becomeReady(): Promise<void> {
    clearTimeout(this.#greeting);
    try {
      await this.readClock();
      if (this.#checked) await this.#options.returned?.(this);
      else await this.#options.check?.(this);
      this.#checked = true;
      this.#timeKnown = true;
      this.#release();
    } catch (error) {
      if (error instanceof EventBusError) {
        this.#fatal = error;
        this.close();
        return;
      }
      this.#options.logger.debug({ err: error, link: this.#options.name }, 'redis went away while connecting');
      this.reconnect();
    }
  }

  /** Looks at Redis's clock again. */
  async readClock(): Promise<void> {
    const before = performance.now();
    const [seconds, micros] = await this.watch(this.redis.time());
    const local = (before + performance.now()) / 2;
    this.#clockOffset = Number(seconds) * 1000 + Number(micros) / 1000 - local;
  }

  #release(): void {
    for (const end of [...this.#waiting]) end();
  }
}

/** Replies that say "not now": nothing was done, and the same call may succeed later. */
const notNow = ['LOADING', 'READONLY', 'MASTERDOWN', 'CLUSTERDOWN', 'TRYAGAIN', 'BUSY'];

/** Whether Redis refused a call for now without doing it. */
export function isNotNow(error: unknown): boolean {
  return error instanceof Error && notNow.some((word) => error.message.startsWith(word));
}

/** Whether a call failed because there was no connection to send it on: it did not reach Redis. */
export function isUnsent(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Stream isn't writeable");
}

/** Whether a call failed for want of a connection, so that the same call may succeed later (and may have been done). */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isNotNow(error) || isUnsent(error)) return true;
  if (error.name === 'MaxRetriesPerRequestError' || error.message.startsWith('Connection is closed')) return true;
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    /^E(CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_AGAIN)/.test(error.code)
  );
}

/**
 * Repeats `call` through lost connections until it has a reply, the link is closed or its patience is over. For scripts
 * that may run twice.
 */
export async function persist<T>(link: Link, call: () => Promise<T>): Promise<T> {
  const end = performance.now() + link.patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      if (!link.isOpen) throw new EventBusError('CLOSED', 'the bus was closed before Redis answered', { cause: error });
      const left = end - performance.now();
      if (left <= 0) throw new EventBusError('UNAVAILABLE', 'Redis does not answer', { cause: error });
      if (link.isReady) await sleep(50);
      else await link.whenReady(Math.min(left, 1_000));
    }
  }
}

/**
 * Makes a change that must not be made twice. Where its reply was lost it is not made again: it may have been made, and
 * would look then as if someone else had.
 * @throws EventBusError `UNAVAILABLE` when nothing was done, `OUTCOME_UNKNOWN` when that cannot be told
 */
export async function runOnce<T>(link: Link, call: () => Promise<T>): Promise<T> {
  await link.whenReady(Math.min(link.patienceMs, 5_000));
  try {
    return await call();
  } catch (cause) {
    if (isUnsent(cause) || isNotNow(cause)) {
      throw new EventBusError('UNAVAILABLE', 'Redis does not answer; nothing was changed', { cause });
    }
    if (!isConnectionError(cause)) throw cause;
    const message = 'the connection to Redis was lost: the change may have been made or not; look before you try again';
    throw new EventBusError('OUTCOME_UNKNOWN', message, { cause });
  }
}
