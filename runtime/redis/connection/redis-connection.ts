import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { newCommandClient, type Redis } from './client.js';
import { PermanentRefusal } from './permanent-refusal.js';
import { ReconnectWaits } from './reconnect-waits.js';
import { RedisClock } from './redis-clock.js';
import { isConsequence, NotConnectedError, replyCode } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';
import { ReplyWatch } from './reply-watch.js';
import type { ResolvedTarget } from './resolved-target.js';
import { RetryingLink } from './retrying-link.js';
import { setUpSession } from './set-up-session.js';
import { Waiters } from './waiters.js';

export interface RedisConnectionOptions {
  readonly target: ResolvedTarget;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  readonly logger: Logger;
  /** Time without any data, while a reply is due, after which the connection is renewed, in milliseconds: it may be half open. */
  readonly replyTimeoutMs: number;
  /** Time after which `ask` rejects with `UNAVAILABLE`, in milliseconds. Default: no limit. */
  readonly callTimeoutMs?: number;
  /** Checks Redis before the first use. An EventBusError that it throws ends the attempt: {@link RedisConnection.fatal}. */
  readonly onFirstConnect?: (connection: RedisConnection) => Promise<void>;
  /** Called when the connection has become ready, was lost or suspended. */
  readonly onChange?: () => void;
}

/** Minimum time between two renewals because the server is a replica, in milliseconds. */
const readonlyPauseMs = 2_000;
/** Minimum time between two warnings about a lost connection, in milliseconds. */
const lossPauseMs = 10_000;

/**
 * One connection to Redis. Every command is sent through `ask`, `askOnce` or {@link tryOnce}, which limit the
 * time to wait for its reply. The client neither queues commands while Redis is unavailable nor resends them on its own:
 * a write that is sent twice could publish an event twice. A lost connection is renewed until {@link suspend} or
 * {@link close}.
 */
export class RedisConnection extends RetryingLink {
  /** Undefined before {@link connect} and after {@link suspend}: commands are then rejected and do not connect. */
  #redis: Redis | undefined;
  readonly #options: RedisConnectionOptions;
  readonly #watch: ReplyWatch;
  readonly #clock = new RedisClock();
  #timeKnown = false;
  #checked = false;
  #session = 0;
  readonly #fatal = new PermanentRefusal();
  #lastError: unknown;
  #open = true;
  readonly #waits = new ReconnectWaits();
  #renewedAt = Number.NEGATIVE_INFINITY;
  #lossReportedAt = Number.NEGATIVE_INFINITY;
  readonly #waiters = new Waiters();

  constructor(options: RedisConnectionOptions) {
    super(options.callTimeoutMs);
    this.#options = options;
    const { logger, name, replyTimeoutMs } = options;
    const onSilence = () => {
      this.#lastError = new Error(`no reply for ${replyTimeoutMs} ms`);
      logger.warn({ connection: name }, 'no reply from Redis: reconnecting');
      this.reconnect();
    };
    this.#watch = new ReplyWatch(replyTimeoutMs, () => this.#redis?.stream, onSilence);
  }

  /** Starts to connect if it has not started yet; does not wait. Does nothing within a second after a {@link fatal} refusal. */
  connect(): void {
    if (!this.#open || this.#redis !== undefined) return;
    if (!this.#fatal.mayTry()) return;
    this.#redis = this.#newClient();
    this.#redis.connect().catch(() => undefined);
  }

  /** True after the connection was ready for the first time: Redis's clock is known. */
  get wasReady(): boolean {
    return this.#checked;
  }

  /** Why this Redis cannot be used until its setup is changed; {@link connect} tries again later. */
  get fatal(): EventBusError | undefined {
    return this.#fatal.error;
  }

  /** Number of the present connection: increases each time a connection becomes ready. */
  get session(): number {
    return this.#session;
  }

  /** True when a call would be sent now. */
  get isReady(): boolean {
    return this.#timeKnown && this.#redis?.status === 'ready';
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Redis's time, in milliseconds since 1970; see {@link RedisClock}. */
  now(): number {
    return this.#clock.now();
  }

  /** Maximum error of {@link now}, in milliseconds. */
  get clockErrorMs(): number {
    return this.#clock.errorMs;
  }

  /** Error of the last connection attempt or lost connection. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Resolves with true when a call would be sent; with false after `timeoutMs`, or when there will be no connection. */
  async whenReady(timeoutMs: number): Promise<boolean> {
    if (this.isReady || !this.#open || this.#fatal.error !== undefined || timeoutMs <= 0) return this.isReady;
    await this.#waiters.wait(timeoutMs);
    return this.isReady;
  }

  /**
   * Sends a call once. Rejects with the error of ioredis, which `failureKind` classifies.
   * @param blockMs How long the call may block at Redis, in milliseconds: added to the reply timeout.
   */
  tryOnce<T>(call: (redis: Redis) => Promise<T>, blockMs = 0): Promise<T> {
    return this.#watch.hold(this.#send(call), blockMs);
  }

  /** Closes the connection and makes a new one; calls that wait for a reply reject. */
  reconnect(): void {
    if (this.#open) this.#redis?.disconnect(true);
  }

  /** Disconnects until {@link connect} is called again. A suspended connection does not keep the process alive. */
  suspend(): void {
    const client = this.#redis;
    // The next `connect` makes a new client: one that was disconnected on purpose does not always connect again.
    this.#redis = undefined;
    this.#timeKnown = false;
    client?.disconnect();
    this.#waiters.release();
    this.#options.onChange?.();
  }

  /** Disconnects for good: later calls reject. */
  close(): void {
    this.#open = false;
    this.#watch.stop();
    this.suspend();
  }

  /** Reads Redis's clock. */
  readClock(): Promise<void> {
    return this.#clock.read(() => this.tryOnce((redis) => redis.time()));
  }

  #newClient(): Redis {
    const client = newCommandClient(this.#options.target, () => this.#waits.next(this.#lastError));
    client.on('ready', () => {
      if (client === this.#redis) void this.#becomeReady(client);
    });
    // Without a listener, ioredis prints each failed attempt to the console.
    client.on('error', (error) => {
      if (client === this.#redis) this.#note(error);
    });
    client.on('close', () => {
      if (client !== this.#redis) return;
      const wasReady = this.#timeKnown;
      this.#timeKnown = false;
      if (!wasReady) return;
      this.#reportLoss();
      this.#options.onChange?.();
    });
    return client;
  }

  async #send<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#redis === undefined) throw new NotConnectedError();
    try {
      return await call(this.#redis);
    } catch (error) {
      // Another server may have become the master: a new connection, by name or through the Sentinels, may reach it.
      if (replyCode(error) === 'READONLY' && this.isReady) this.#renew();
      throw error;
    }
  }

  /** Without this line, a service that handles events would be silent while Redis is away. */
  #reportLoss(): void {
    const now = performance.now();
    const level = now - this.#lossReportedAt < lossPauseMs ? 'debug' : 'warn';
    if (level === 'warn') this.#lossReportedAt = now;
    this.#options.logger[level]({ connection: this.#options.name }, 'the connection to Redis was lost: reconnecting');
  }

  #renew(): void {
    const now = performance.now();
    if (now - this.#renewedAt < readonlyPauseMs) return;
    this.#renewedAt = now;
    this.reconnect();
  }

  /** Verifies a new connection before other calls are sent. */
  async #becomeReady(client: Redis): Promise<void> {
    const { target, name, onFirstConnect, onChange } = this.#options;
    const { stream } = client;
    // The client may have lost this connection, and have made another one, which is verified on its own.
    const isCurrent = () => client === this.#redis && client.stream === stream && client.status === 'ready';
    try {
      await Promise.all([setUpSession(this, name, target.database), this.readClock()]);
      if (!this.#checked) await onFirstConnect?.(this);
      if (!isCurrent()) return;
      this.#checked = true;
      this.#timeKnown = true;
      this.#session += 1;
      this.#waits.reset();
      this.#waiters.release();
      onChange?.();
    } catch (error) {
      this.#note(error);
      if (isCurrent()) this.reconnect();
    }
  }

  /** Remembers why there is no connection. A first connection that is refused permanently is suspended. */
  #note(error: unknown): void {
    if (!isConsequence(error)) this.#lastError = error;
    const { logger, name, target } = this.#options;
    logger.debug({ err: error, connection: name }, 'Redis connection error');
    if (this.#checked || this.#fatal.error !== undefined) return;
    const about = replyCode(error) === 'DBINDEX' ? `database ${target.database}` : undefined;
    const refusal = error instanceof EventBusError ? error : redisRefusal(error, about);
    if (refusal === undefined) return;
    this.#fatal.set(refusal);
    this.suspend();
  }
}
