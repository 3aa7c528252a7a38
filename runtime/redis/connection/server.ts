import { MemoryGuard } from './memory-guard.js';
import type { NodesOptions } from './nodes.js';
import { RedisConnection } from './redis-connection.js';
import { RedisWatch } from './redis-watch.js';
import { ReplicatedCalls } from './replicated-calls.js';
import type { ResolvedTarget } from './resolved-target.js';
import { checkServer } from './startup-checks.js';

/** Memory limit of a server whose figures are not used. */
const anyMemory = 1;

/** One server: the connection that all links to it share, its memory figures, and whether it accepts commands. */
export class Server {
  readonly connection: RedisConnection;
  /** Undefined if nothing waits for replicas. */
  readonly replicated: ReplicatedCalls | undefined;
  readonly memory: MemoryGuard;
  /** The connection of {@link replicated}. */
  readonly #waiting: RedisConnection | undefined;
  readonly #isWatched: boolean;
  readonly #watch: RedisWatch;

  /**
   * @param target Its address.
   * @param tag Returns a hash tag whose link is ready and leads to this server; undefined if there is none.
   * @param onChange Called when the connection has become ready, was lost or suspended.
   */
  constructor(
    { name, logger, replyTimeoutMs, callTimeoutMs, durability, watch }: NodesOptions,
    target: ResolvedTarget,
    tag: () => string | undefined,
    onChange: () => void,
  ) {
    this.#isWatched = watch !== undefined;
    this.connection = new RedisConnection({
      target,
      name,
      logger,
      replyTimeoutMs,
      callTimeoutMs: callTimeoutMs ?? Number.POSITIVE_INFINITY,
      onChange,
      onFirstConnect: async (connection) => {
        if (watch === undefined) return;
        const { allowEviction } = watch;
        await checkServer(connection, logger, { allowEviction, replicas: durability?.replicas });
        await this.memory.poll(true);
      },
    });
    if (durability !== undefined) {
      this.#waiting = new RedisConnection({
        target,
        name: `${name}:replicated`,
        logger,
        replyTimeoutMs,
        // It returns at once, and is refused if the user may not call it.
        onFirstConnect: async (connection) => void (await connection.tryOnce((redis) => redis.wait(0, 1))),
      });
      this.replicated = new ReplicatedCalls(this.#waiting, durability);
    }
    this.memory = new MemoryGuard(this.connection, watch?.memoryLimit ?? anyMemory);
    this.#watch = new RedisWatch(this.connection, async () => {
      const used = tag();
      if (used !== undefined) await watch?.probe(this.connection, used);
    });
  }

  /** The error with which the server refuses commands at present. */
  get refusal(): string | undefined {
    return this.#watch.refusal;
  }

  connect(): void {
    if (this.#isWatched) {
      this.memory.start();
      this.#watch.start();
    }
    this.connection.connect();
    this.#waiting?.connect();
  }

  /** Disconnects until {@link connect}. */
  suspend(): void {
    this.connection.suspend();
    this.#waiting?.suspend();
  }

  close(): void {
    this.memory.stop();
    this.#watch.stop();
    this.connection.close();
    this.#waiting?.close();
  }
}
