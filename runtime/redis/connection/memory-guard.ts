import { EventBusError } from '../../errors.js';
import type { RedisConnection } from './redis-connection.js';

/** How often Redis's memory is read, in milliseconds. */
const pollMs = 1_000;

/** Watches Redis's memory, so that publishing stops while there is room left to work off what is inside. */
export class MemoryGuard {
  readonly #connection: RedisConnection;
  readonly #limit: number;
  #timer: NodeJS.Timeout | undefined;
  #used = 0;
  #max: number | undefined;

  /** @param limit Share of `maxmemory` above which publishing is refused, 0 to 1. */
  constructor(connection: RedisConnection, limit: number) {
    this.#connection = connection;
    this.#limit = limit;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.poll(), pollMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** True when publishing is to be refused. A Redis without `maxmemory` never is. */
  get isHigh(): boolean {
    const max = this.#max ?? 0;
    return max > 0 && this.#used > this.#limit * max;
  }

  /** Redis's `maxmemory` in bytes; 0 where it has none; undefined until Redis has answered. */
  get maxBytes(): number | undefined {
    return this.#max;
  }

  refusal(cause?: unknown): EventBusError {
    const used = (this.#max ?? 0) > 0 ? `${this.#used} of ${this.#max} bytes are used` : 'it is out of memory';
    const fix = 'raise maxmemory, shorten retention or work off what is pending; publishing resumes by itself';
    return new EventBusError('MEMORY_HIGH', `Redis's memory is nearly full (${used}): nothing was written; ${fix}`, {
      cause,
    });
  }

  /**
   * Reads the figures now. Leaves them unchanged when Redis does not answer.
   * @param always Also before the connection is ready.
   */
  async poll(always = false): Promise<void> {
    if (!always && !this.#connection.isReady) return;
    try {
      const info = await this.#connection.tryOnce((redis) => redis.info('memory'));
      this.#used = infoFigure(info, 'used_memory');
      this.#max = infoFigure(info, 'maxmemory');
    } catch {
      // The connection reports its own failures, and the next poll comes soon.
    }
  }
}

/** A figure of what INFO gives, by its name; 0 where there is none. */
export function infoFigure(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}
