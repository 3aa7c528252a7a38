import type { Redis } from './client.js';
import type { EncodedInput } from './define-script.js';
import type { RedisConnection } from './redis-connection.js';
import { NotReplicatedError, replyCode } from './redis-error.js';
import { type Script, type ScriptCommand, sendScript } from './script.js';

/** How many replicas must have a write before it counts as written. */
export interface Durability {
  readonly replicas: number;
  /** Maximum time of one wait for the replicas, in milliseconds. */
  readonly timeoutMs: number;
}

/** Sends scripts whose writes must reach replicas. */
export interface ReplicatedScripts {
  /**
   * Runs a script that writes something in any case.
   * @param leftMs Maximum time to wait for the replicas, in milliseconds.
   * @returns The reply, when enough replicas have every earlier write of the server.
   * @throws NotReplicatedError when the script was executed, but too few replicas have confirmed it
   */
  run(script: Script, input: EncodedInput, leftMs: number): Promise<unknown>;
}

interface Call {
  readonly script: Script;
  readonly input: EncodedInput;
  readonly leftMs: number;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/**
 * Runs scripts on one server, and then waits for its replicas. It has its own connection, because `WAIT` blocks it and covers only
 * what was written before on the same connection. All scripts that come during a wait share the next one.
 */
export class ReplicatedCalls implements ReplicatedScripts {
  readonly #connection: RedisConnection;
  readonly #durability: Durability;
  #waiting: Call[] = [];
  #isSending = false;

  constructor(connection: RedisConnection, durability: Durability) {
    this.#connection = connection;
    this.#durability = durability;
  }

  run(script: Script, input: EncodedInput, leftMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ script, input, leftMs, resolve, reject });
      if (this.#isSending) return;
      this.#isSending = true;
      // After all scripts of this tick.
      process.nextTick(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const calls = this.#waiting;
      this.#waiting = [];
      const waitMs = Math.max(1, Math.floor(leastOf(this.#durability.timeoutMs, calls)));
      await this.#ready(waitMs);
      const unknown = await this.#send(calls, 'EVALSHA', waitMs);
      if (unknown.length > 0) await this.#send(unknown, 'EVAL', waitMs);
    }
    this.#isSending = false;
  }

  async #ready(timeoutMs: number): Promise<void> {
    if (this.#connection.isReady) return;
    this.#connection.connect();
    await this.#connection.whenReady(timeoutMs);
  }

  /** @returns The calls whose script the server does not have. */
  async #send(calls: readonly Call[], command: ScriptCommand, waitMs: number): Promise<readonly Call[]> {
    const { replicas } = this.#durability;
    let results: readonly PromiseSettledResult<unknown>[] | undefined;
    let confirmed: PromiseSettledResult<number> | undefined;
    const send = async (redis: Redis) => {
      // In one tick, so that all commands are sent on the same connection.
      const replies = Promise.allSettled(
        calls.map(({ script, input }) => sendScript(redis, command, script, input.keys, input.args)),
      );
      // It may reject before the replies do, when the connection breaks after they were sent.
      const wait = Promise.allSettled([redis.wait(replicas, waitMs)]);
      results = await replies;
      [confirmed] = await wait;
      // The connection reads a refusal: it may have to find another master.
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    };
    const failure = await this.#connection.tryOnce(send, waitMs).catch((error: unknown) => error);
    const count = confirmed?.status === 'fulfilled' ? confirmed.value : 0;
    const unknown: Call[] = [];
    calls.forEach((call, index) => {
      const result = results?.[index];
      if (result === undefined) call.reject(this.#connection.fatal ?? failure);
      else if (result.status === 'fulfilled') {
        if (count >= replicas) call.resolve(result.value);
        else call.reject(new NotReplicatedError(count, replicas));
      } else if (command === 'EVALSHA' && replyCode(result.reason) === 'NOSCRIPT') unknown.push(call);
      else call.reject(result.reason);
    });
    return unknown;
  }
}

function leastOf(timeoutMs: number, calls: readonly Call[]): number {
  let least = timeoutMs;
  for (const { leftMs } of calls) least = Math.min(least, leftMs);
  return least;
}
