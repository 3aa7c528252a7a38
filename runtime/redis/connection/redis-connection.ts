import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { newClient, type Redis, type RedisOptions } from './client.js';
import { failureKind, isConsequence, NotConnectedError, replyCode } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';
import type { ResolvedTarget } from './redis-target.js';
import { ReplyWatch } from './reply-watch.js';
import { callOnce, type RetryOptions, retryCall } from './retry-call.js';
import { runScript, type Script, type ScriptArgument } from './script.js';

export interface RedisConnectionOptions {
  readonly target: ResolvedTarget;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  readonly logger: Logger;
  /** A connection that has been silent for this long while a reply is due is broken: it may be half open. In milliseconds. */
  readonly replyTimeoutMs: number;
  /** Time after which {@link RedisConnection.ask} rejects with `UNAVAILABLE`, in milliseconds. Default: no limit. */
  readonly callTimeoutMs?: number;
  /** Checks Redis before the first use. An EventBusError that it throws ends the attempt: {@link RedisConnection.fatal}. */
  readonly onFirstConnect?: (connection: RedisConnection) => Promise<void>;
  /** Checks Redis after each later reconnection, before other calls are sent. */
  readonly onReconnect?: (connection: RedisConnection) => Promise<void>;
}

/** The longest wait before connecting again, in milliseconds: after a lost connection, and after a refusal that stays. */
const longestWaitMs = 1_000;
const longestDeniedWaitMs = 5_000;
/** How long after a refusal for good the next use tries again, in milliseconds. */
const fatalPauseMs = 1_000;
/** How often at most a connection is renewed because its server is a replica, in milliseconds. */
const readonlyPauseMs = 2_000;

/**
 * One connection to Redis. Every command is sent through {@link ask}, {@link askOnce} or {@link tryOnce}, which limit how
 * long it may wait for its reply. The client neither queues commands while Redis is away nor sends one again by itself,
 * because a write that is sent twice is an event that is published twice. A lost connection is renewed until
 * {@link suspend} or {@link close}.
 */
export class RedisConnection {
  /** Undefined until {@link connect}, and again after {@link suspend}: then a command is rejected and connects nothing. */
  #redis: Redis | undefined;
  readonly #options: RedisConnectionOptions;
  readonly #watch: ReplyWatch;
  readonly #retry: RetryOptions;
  /** Redis time less `performance.now()`, in milliseconds: the local clock may be set at any moment. */
  #clockOffset = Date.now() - performance.now();
  #clockErrorMs = 0;
  #timeKnown = false;
  #checked = false;
  #fatal: { readonly error: EventBusError; readonly at: number } | undefined;
  #lastError: unknown;
  #open = true;
  /** Connections in a row that did not become ready. */
  #attempts = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;
  readonly #waiting = new Set<() => void>();

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    const { logger, name, replyTimeoutMs, callTimeoutMs = Number.POSITIVE_INFINITY } = options;
    const onSilence = () => {
      this.#lastError = new Error(`no reply for ${replyTimeoutMs} ms`);
      logger.warn({ connection: name }, 'no reply from redis: connecting again');
      this.reconnect();
    };
    this.#watch = new ReplyWatch(replyTimeoutMs, () => this.#redis?.stream, onSilence);
    this.#retry = {
      callTimeoutMs,
      isOpen: () => this.#open,
      isReady: () => this.isReady,
      fatal: () => this.fatal,
      whenReady: (timeoutMs) => {
        // It may have been suspended meanwhile.
        this.connect();
        return this.whenReady(timeoutMs);
      },
    };
  }

  /** Starts to connect, if that has not begun; does not wait. After a {@link fatal} refusal it waits a second first. */
  connect(): void {
    if (!this.#open || this.#redis !== undefined) return;
    if (this.#fatal !== undefined) {
      if (performance.now() - this.#fatal.at < fatalPauseMs) return;
      this.#fatal = undefined;
    }
    this.#redis = this.#newClient();
    this.#redis.connect().catch(() => undefined);
  }

  /** True once the connection was ready for the first time: it knows Redis's clock. */
  get wasReady(): boolean {
    return this.#checked;
  }

  /** Why this Redis cannot serve, until someone changes something; {@link connect} tries again later. */
  get fatal(): EventBusError | undefined {
    return this.#fatal?.error;
  }

  /** True when a call would be sent now. */
  get isReady(): boolean {
    return this.#timeKnown && this.#redis?.status === 'ready';
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Redis's clock, in milliseconds since 1970, as far as it was last read. */
  now(): number {
    return performance.now() + this.#clockOffset;
  }

  /** What {@link now} is off by at most, in milliseconds: half the time that Redis's clock took to arrive. */
  get clockErrorMs(): number {
    return this.#clockErrorMs;
  }

  /** Redis time less local time, in milliseconds. */
  get clockSkew(): number {
    return this.now() - Date.now();
  }

  /** Why there was no connection last. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Resolves when a call would be sent, or after `timeoutMs`, or when there will be none; says which by true or false. */
  async whenReady(timeoutMs: number): Promise<boolean> {
    if (this.isReady || !this.#open || this.#fatal !== undefined || timeoutMs <= 0) return this.isReady;
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

  /**
   * Sends a call that only reads, or a change that may be made twice. Repeats it through lost connections and temporary
   * refusals.
   * @param timeoutMs For how long, in milliseconds. Default: the connection's `callTimeoutMs`.
   * @throws EventBusError as `retryCall` says
   */
  ask<T>(call: (redis: Redis) => Promise<T>, timeoutMs = this.#retry.callTimeoutMs): Promise<T> {
    this.connect();
    return retryCall({ ...this.#retry, callTimeoutMs: timeoutMs }, () => this.tryOnce(call));
  }

  /**
   * Sends a change that must not be made twice, once.
   * @throws EventBusError `UNAVAILABLE`: it was not made; `OUTCOME_UNKNOWN`: it may have been made
   */
  askOnce<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    this.connect();
    return callOnce(this.#retry, () => this.tryOnce(call));
  }

  /**
   * Sends a call once. Rejects with the error of ioredis, which `failureKind` classifies.
   * @param blockMs How long the call may block at Redis, in milliseconds: added to the reply timeout.
   */
  tryOnce<T>(call: (redis: Redis) => Promise<T>, blockMs = 0): Promise<T> {
    return this.#watch.hold(this.#send(call), blockMs);
  }

  /** Runs a script once, as {@link tryOnce} does. */
  run(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return this.tryOnce((redis) => runScript(redis, script, keys, args));
  }

  /** Breaks the connection and makes a new one; calls that wait for a reply reject. */
  reconnect(): void {
    if (this.#open) this.#redis?.disconnect(true);
  }

  /** Disconnects until {@link connect} is called again. Meanwhile nothing here keeps the process alive. */
  suspend(): void {
    const client = this.#redis;
    // The next `connect` makes a new client: one that was disconnected on purpose does not always connect again.
    this.#redis = undefined;
    this.#timeKnown = false;
    client?.disconnect();
    this.#release();
  }

  /** Disconnects for good: later calls reject. */
  close(): void {
    this.#open = false;
    this.#watch.stop();
    this.suspend();
  }

  /** Reads Redis's clock. */
  async readClock(): Promise<void> {
    const before = performance.now();
    const [seconds, micros] = await this.tryOnce((redis) => redis.time());
    const local = (before + performance.now()) / 2;
    this.#clockErrorMs = local - before;
    this.#clockOffset = Number(seconds) * 1000 + Number(micros) / 1000 - local;
  }

  #newClient(): Redis {
    const settings: RedisOptions = {
      lazyConnect: true,
      enableOfflineQueue: false,
      // The check of ioredis calls INFO and prints to the console where that is not permitted; `onFirstConnect` checks.
      enableReadyCheck: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 5_000,
      keepAlive: 10_000,
      retryStrategy: () => this.#nextWaitMs(),
    };
    const client = newClient(this.#options.target, settings);
    client.on('ready', () => {
      if (client === this.#redis) void this.#becomeReady(client);
    });
    // Without a listener, ioredis prints each failed attempt to the console.
    client.on('error', (error) => {
      if (client === this.#redis) this.#note(error);
    });
    client.on('close', () => {
      if (client === this.#redis) this.#timeKnown = false;
    });
    return client;
  }

  async #send<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#redis === undefined) throw new NotConnectedError();
    try {
      return await call(this.#redis);
    } catch (error) {
      // The master may be another one by now, which its name or the Sentinels tell.
      if (replyCode(error) === 'READONLY' && this.isReady) this.#renew();
      throw error;
    }
  }

  #renew(): void {
    const now = performance.now();
    if (now - this.#renewedAt < readonlyPauseMs) return;
    this.#renewedAt = now;
    this.reconnect();
  }

  /** A connection is there: it is verified before anyone uses it. */
  async #becomeReady(client: Redis): Promise<void> {
    const { target, onFirstConnect, onReconnect } = this.#options;
    try {
      await Promise.all([this.#sayName(), this.#selectDatabase(target.database), this.readClock()]);
      await (this.#checked ? onReconnect : onFirstConnect)?.(this);
      if (client !== this.#redis || client.status !== 'ready') return;
      this.#checked = true;
      this.#timeKnown = true;
      this.#attempts = 0;
      this.#release();
    } catch (error) {
      this.#note(error);
      if (client === this.#redis && client.status === 'ready') this.reconnect();
    }
  }

  async #sayName(): Promise<void> {
    try {
      await this.tryOnce((redis) => redis.client('SETNAME', this.#options.name));
    } catch (error) {
      if (replyCode(error) !== 'NOPERM') throw error;
    }
  }

  /** ioredis selects it too, and goes on with database 0 where that is refused. */
  async #selectDatabase(database: number): Promise<void> {
    if (database !== 0) await this.tryOnce((redis) => redis.select(database));
  }

  /** Notes why there is no connection. One that never was, and is refused for good, is given up for the time being. */
  #note(error: unknown): void {
    if (!isConsequence(error)) this.#lastError = error;
    const { logger, name } = this.#options;
    logger.debug({ err: error, connection: name }, 'redis connection error');
    if (this.#checked || this.#fatal !== undefined) return;
    const { database } = this.#options.target;
    const about = replyCode(error) === 'DBINDEX' ? `database ${database}` : undefined;
    const refusal = error instanceof EventBusError ? error : redisRefusal(error, about);
    if (refusal === undefined) return;
    this.#fatal = { error: refusal, at: performance.now() };
    this.suspend();
  }

  #nextWaitMs(): number {
    const longest = failureKind(this.#lastError) === 'denied' ? longestDeniedWaitMs : longestWaitMs;
    this.#attempts += 1;
    return Math.min(50 * 2 ** Math.min(this.#attempts - 1, 10), longest);
  }

  #release(): void {
    for (const end of [...this.#waiting]) end();
  }
}
