import type { Redis } from '../../../runtime/redis/connection/client.js';
import { RedisConnection } from '../../../runtime/redis/connection/redis-connection.js';
import { type Gate, newGate } from '../wait.js';

/** What happens to one call of a process. */
export type Fate =
  | 'answered'
  /** The call is executed, and its reply is lost with the connection. */
  | 'reply-lost'
  /** The connection is lost before the call reaches Redis; the process cannot know that. */
  | 'request-lost'
  /** Redis refuses the call for the moment. */
  | 'refused'
  /** The call is executed, and its reply arrives much later: when the test lets it. */
  | 'reply-held'
  /** The process dies before the call. */
  | 'dies-before'
  /** The process dies when the call is executed, before the reply reaches it. */
  | 'dies-after';

const forever = new Promise<never>(() => undefined);

/** A connection whose calls fail as planned. A process that has died sends nothing, and gets no reply. */
export class FaultyConnection extends RedisConnection {
  #plan: Fate[] = [];
  #isDead = false;
  #isAway = false;
  #running = 0;
  #calls = 0;
  readonly #died = newGate();
  readonly #held: Gate[] = [];

  /** Resolves when the process has died. */
  get died(): Promise<void> {
    return this.#died.passed;
  }

  /** The fates of the next calls, in order; the calls after them are answered. A connection that was lost is ready again. */
  plan(fates: readonly Fate[]): void {
    this.#plan = [...fates];
    this.#isAway = false;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Number of calls that wait for Redis. */
  get running(): number {
    return this.#running;
  }

  /** Number of calls so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Resolves when Redis has executed every call that it has received: a process may have died between two of them. */
  async executed(): Promise<void> {
    await super.tryOnce((redis) => redis.ping());
  }

  /** Replies that were held arrive. */
  deliverReplies(): void {
    for (const gate of this.#held.splice(0)) gate.open();
  }

  /** From now on the process sends nothing. */
  die(): void {
    this.#isDead = true;
    this.#died.open();
  }

  override get isReady(): boolean {
    return !this.#isAway && super.isReady;
  }

  override whenReady(timeoutMs: number): Promise<boolean> {
    this.#isAway = false;
    return super.whenReady(timeoutMs);
  }

  override async tryOnce<T>(call: (redis: Redis) => Promise<T>, blockMs = 0): Promise<T> {
    // The first calls set up the connection.
    if (!this.wasReady) return super.tryOnce(call, blockMs);
    if (this.#isDead) return forever;
    const fate = this.#plan.shift() ?? 'answered';
    this.#calls += 1;
    if (fate === 'dies-before') return this.#dies();
    if (fate === 'request-lost') throw this.#lost();
    if (fate === 'refused') {
      this.#isAway = true;
      throw new Error('TRYAGAIN the test refuses this call');
    }
    this.#running += 1;
    try {
      const reply = await super.tryOnce(call, blockMs);
      if (this.#isDead) return forever;
      if (fate === 'reply-held') await this.#hold();
      if (fate === 'dies-after') return this.#dies();
      if (fate === 'reply-lost') throw this.#lost();
      return reply;
    } finally {
      this.#running -= 1;
    }
  }

  /** A call whose reply is held does not count as running: nothing happens until the reply arrives. */
  async #hold(): Promise<void> {
    const gate = newGate();
    this.#held.push(gate);
    this.#running -= 1;
    await gate.passed;
    this.#running += 1;
  }

  #dies(): Promise<never> {
    this.die();
    return forever;
  }

  /** As after a real loss, the connection is ready again when a caller waits for it. */
  #lost(): Error {
    this.#isAway = true;
    return new Error('Connection is closed.');
  }
}
