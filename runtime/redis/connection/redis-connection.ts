import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { neverConnect, newClient, type Redis, type RedisOptions } from './client.js';
import { failureKind, replyCode } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';
import type { ResolvedTarget } from './redis-target.js';
import { ReplyWatch } from './reply-watch.js';
import { callOnce, type RetryOptions, retryCall } from './retry-call.js';
import { runScript, type Script, type ScriptArgument } from './script.js';

export interface LinkOptions {
  readonly target: ResolvedTarget;
  /** Shown by `CLIENT LIST`. */
  readonly name: string;
  readonly logger: Logger;
  /** A connection that has been silent for this long while a reply is due is broken: it may be half open. In milliseconds. */
  readonly replyTimeoutMs: number;
  /** How long {@link Link.ask} goes on, in milliseconds. Default: for ever. */
  readonly patienceMs?: number;
  /** Examines this Redis before the first use. What it throws of an EventBusError ends the attempt: {@link Link.fatal}. */
  readonly check?: (link: Link) => Promise<void>;
  /** Examines Redis after each later connection, before the link is ready. */
  readonly returned?: (link: Link) => Promise<void>;
}

/** The longest wait before connecting again, in milliseconds: after a lost connection, and after a refusal that stays. */
const longestWaitMs = 1_000;
const longestDeniedWaitMs = 5_000;
/** How long after a refusal for good the next use tries again, in milliseconds. */
const fatalPauseMs = 1_000;
/** How often at most a connection is renewed because its server is a replica, in milliseconds. */
const readonlyPauseMs = 2_000;

/**
 * One connection to Redis. No call is sent without a limit of time: it has its reply or rejects soon. The client neither
 * queues while Redis is away nor sends again by itself, since a write sent twice is an event published twice. Connecting
 * again goes on for as long as the link is open.
 */
export class Link {
  #redis: Redis;
  readonly #options: LinkOptions;
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

  constructor(options: LinkOptions) {
    this.#options = options;
    const { logger, name, replyTimeoutMs, patienceMs = Number.POSITIVE_INFINITY } = options;
    this.#redis = this.#newClient();
    const silent = () => {
      this.#lastError = new Error(`no reply for ${replyTimeoutMs} ms`);
      logger.warn({ link: name }, 'no reply from redis: connecting again');
      this.#redis.disconnect(true);
    };
    this.#watch = new ReplyWatch(replyTimeoutMs, () => this.#redis.stream, silent);
    this.#retry = {
      patienceMs,
      isOpen: () => this.#open,
      isReady: () => this.isReady,
      fatal: () => this.fatal,
      whenReady: (timeoutMs) => this.whenReady(timeoutMs),
    };
  }

  /** Starts connecting where that was not done; does not wait. After a refusal for good: again, but not at once. */
  connect(): void {
    const { status } = this.#redis;
    if (!this.#open || status !== 'wait') return;
    if (this.#fatal !== undefined) {
      if (performance.now() - this.#fatal.at < fatalPauseMs) return;
      this.#fatal = undefined;
    }
    this.#redis.connect().catch(() => undefined);
  }

  /** True once the link was ready: it knows Redis's clock. */
  get wasReady(): boolean {
    return this.#checked;
  }

  /** Why this Redis cannot serve, until someone changes something; {@link connect} tries again later. */
  get fatal(): EventBusError | undefined {
    return this.#fatal?.error;
  }

  /** True when a call would be sent now. */
  get isReady(): boolean {
    return this.#timeKnown && this.#redis.status === 'ready';
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
   * Makes a call that reads, or a change that may be made twice, again through lost connections and temporary refusals.
   * @param patienceMs For how long, in milliseconds. Default: the link's.
   * @throws EventBusError as `retryCall` says
   */
  ask<T>(call: (redis: Redis) => Promise<T>, patienceMs = this.#retry.patienceMs): Promise<T> {
    if (!this.isReady) this.connect();
    return retryCall({ ...this.#retry, patienceMs }, () => this.tryOnce(call));
  }

  /** Makes a change that must not be made twice. @throws EventBusError `UNAVAILABLE`: not made; `OUTCOME_UNKNOWN` */
  askOnce<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    if (!this.isReady) this.connect();
    return callOnce(this.#retry, () => this.tryOnce(call));
  }

  /**
   * Makes a call once. Rejects with ioredis's error, which `failureKind` judges.
   * @param blockMs How long the call may block at Redis, in milliseconds.
   */
  tryOnce<T>(call: (redis: Redis) => Promise<T>, blockMs = 0): Promise<T> {
    return this.#watch.hold(this.#send(call), blockMs);
  }

  /** Runs a script once, as {@link tryOnce} does. */
  run(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return this.tryOnce((redis) => runScript(redis, script, keys, args));
  }

  /** Breaks the connection and makes a new one; calls under way reject. */
  reconnect(): void {
    if (this.#open) this.#redis.disconnect(true);
  }

  /** Gives the connection up until {@link connect} is called again: nothing of it keeps the process alive. */
  suspend(): void {
    const client = this.#redis;
    // A client of ioredis that was disconnected by hand does not always connect again by itself.
    this.#redis = this.#newClient();
    this.#timeKnown = false;
    client.disconnect();
    this.#release();
  }

  close(): void {
    this.#open = false;
    this.#watch.stop();
    this.suspend();
    // Whoever comes late with a call would have it connect, and nobody ends it any more.
    neverConnect(this.#redis);
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
      // It would ask for INFO and print to the console where that is not permitted; `check` asks for what is needed.
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
    const { target, check, returned } = this.#options;
    try {
      await Promise.all([this.#sayName(), this.#selectDatabase(target.database), this.readClock()]);
      await (this.#checked ? returned : check)?.(this);
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
    const isConsequence = failureKind(error) === 'unsent' || isClosedError(error);
    if (!isConsequence) this.#lastError = error;
    const { logger, name } = this.#options;
    logger.debug({ err: error, link: name }, 'redis connection error');
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

/** An error that only says that the connection ended, not why. */
function isClosedError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'MaxRetriesPerRequestError' || /^(Connection is closed|Command aborted)/.test(error.message);
}
