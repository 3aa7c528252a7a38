import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { Redis } from './client.js';
import type { LinkChecks, OwnLink } from './nodes.js';
import { PermanentRefusal } from './permanent-refusal.js';
import { ReconnectWaits } from './reconnect-waits.js';
import type { RedisConnection } from './redis-connection.js';
import { isConsequence, NotConnectedError } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';
import { RetryingLink } from './retrying-link.js';
import { Waiters } from './waiters.js';

/** What a {@link SlotLink} needs of its nodes. */
export interface SlotDirectory {
  /** The connection to the server that has the keys at present; undefined while no server is known. */
  owner(): RedisConnection | undefined;
  /** Why no server can be asked until the setup is changed. */
  readonly fatal?: EventBusError | undefined;
  /** Error of the last search for the servers. */
  readonly lastError?: unknown;
  /** Starts to connect; does not wait. */
  connect(): void;
  /** Called when the link's own check was refused for good. */
  onFatal?(): void;
  /** Called when the link is closed. */
  close?(): void;
  /** Converts the error of a call, and learns from it where the keys are. */
  readError?(error: unknown): unknown;
}

/**
 * The link to the server that has the keys of one hash tag. It follows the keys to another server. Each connection to a
 * server is checked before the link is ready.
 */
export class SlotLink extends RetryingLink implements OwnLink {
  readonly #directory: SlotDirectory;
  readonly #checks: LinkChecks;
  readonly #waiters = new Waiters();
  readonly #waits = new ReconnectWaits();
  #open = true;
  /** The connection that was checked, by its number. */
  #checked: { readonly connection: RedisConnection; readonly session: number } | undefined;
  #checking: { readonly connection: RedisConnection; readonly session: number } | undefined;
  readonly #fatal = new PermanentRefusal();
  #lastError: unknown;

  constructor(directory: SlotDirectory, checks: LinkChecks, callTimeoutMs: number | undefined) {
    super(callTimeoutMs);
    this.#directory = directory;
    this.#checks = checks;
  }

  get isReady(): boolean {
    const connection = this.#directory.owner();
    if (connection === undefined) return false;
    return connection.isReady && this.#isChecked(connection);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get fatal(): EventBusError | undefined {
    return this.#fatal.error ?? this.#directory.owner()?.fatal ?? this.#directory.fatal;
  }

  get lastError(): unknown {
    const connection = this.#directory.owner();
    if (connection === undefined) return this.#directory.lastError;
    return connection.isReady ? (this.#lastError ?? connection.lastError) : connection.lastError;
  }

  get clockErrorMs(): number {
    return this.#clock()?.clockErrorMs ?? 0;
  }

  /** The clock of the server that was used last, until the next one is ready. */
  now(): number {
    return this.#clock()?.now() ?? Date.now();
  }

  connect(): void {
    if (!this.#open || !this.#fatal.mayTry()) return;
    this.#directory.connect();
    this.update();
  }

  async whenReady(timeoutMs: number): Promise<boolean> {
    if (this.isReady || !this.#open || this.fatal !== undefined || timeoutMs <= 0) return this.isReady;
    await this.#waiters.wait(timeoutMs);
    return this.isReady;
  }

  async tryOnce<T>(call: (redis: Redis) => Promise<T>, blockMs?: number): Promise<T> {
    const connection = this.#directory.owner();
    if (connection === undefined) throw new NotConnectedError();
    try {
      return await connection.tryOnce(call, blockMs);
    } catch (error) {
      throw this.#directory.readError?.(error) ?? error;
    }
  }

  async readClock(): Promise<void> {
    await this.#directory.owner()?.readClock();
  }

  /** To be called when a connection has changed, or another server has the keys. Checks a new connection. */
  update(): void {
    const connection = this.#directory.owner();
    if (!this.#open || this.#fatal.error !== undefined) return;
    if (connection === undefined || !connection.isReady || this.#isChecked(connection)) {
      // Whoever waits learns that there is a connection, or that there will be none.
      if (connection?.isReady || this.fatal !== undefined) this.#waiters.release();
      return;
    }
    const { session } = connection;
    if (this.#checking?.connection === connection && this.#checking.session === session) return;
    this.#checking = { connection, session };
    void this.#check(connection, session);
  }

  /** Releases those who wait: there will be no connection. */
  release(): void {
    this.#waiters.release();
  }

  close(): void {
    this.#open = false;
    this.#directory.close?.();
    this.#waiters.release();
  }

  async #check(connection: RedisConnection, session: number): Promise<void> {
    const { onFirstConnect, onReconnect } = this.#checks;
    const isCurrent = () => this.#checking?.connection === connection && this.#checking.session === session;
    const check = this.#checked === undefined ? onFirstConnect : onReconnect;
    try {
      // Without a check, the link is ready in the same moment as the connection.
      if (check !== undefined) await check(connection);
      if (!isCurrent()) return;
      this.#checked = { connection, session };
      this.#lastError = undefined;
      this.#waits.reset();
    } catch (raw) {
      const error = this.#directory.readError?.(raw) ?? raw;
      if (!isCurrent()) return;
      if (!isConsequence(error)) this.#lastError = error;
      const refusal = error instanceof EventBusError ? error : redisRefusal(error);
      if (refusal !== undefined && this.#checked === undefined) {
        this.#fatal.set(refusal);
        this.#directory.onFatal?.();
      } else {
        await sleep(this.#waits.next(error), undefined, { ref: false });
      }
    }
    if (!isCurrent()) return;
    this.#checking = undefined;
    if (this.#fatal.error === undefined) this.update();
    else this.#waiters.release();
  }

  #isChecked(connection: RedisConnection): boolean {
    return this.#checked?.connection === connection && this.#checked.session === connection.session;
  }

  #clock(): RedisConnection | undefined {
    const connection = this.#directory.owner();
    return connection?.isReady ? connection : (this.#checked?.connection ?? connection);
  }
}
