import { EventBusError } from '../../errors.js';
import type { Link } from './link.js';

/** Interval of reading Redis's memory figures, in milliseconds. */
const pollMs = 1_000;

/** The memory figures of a server. */
export interface MemoryFigures {
  /** True when publishes must be refused. Always false for a Redis without `maxmemory`. */
  readonly isHigh: boolean;
  /** Redis's `maxmemory` in bytes; 0 if it has none; undefined until Redis has replied. */
  readonly maxBytes: number | undefined;
  /** The error of a publish that is refused. */
  refusal(cause?: unknown): EventBusError;
  /** Reads the figures now. They stay unchanged if Redis does not reply. */
  poll(): Promise<void>;
}

const outOfMemory = 'it is out of memory';

/** The figures of a server that is not known yet. */
export const unknownMemory: MemoryFigures = {
  isHigh: false,
  maxBytes: undefined,
  refusal: (cause) => memoryHigh(outOfMemory, cause),
  poll: () => Promise.resolve(),
};

/** Monitors Redis's memory, so that publishing stops while there is enough memory left to process the backlog. */
export class MemoryGuard implements MemoryFigures {
  readonly #connection: Link;
  readonly #limit: number;
  #timer: NodeJS.Timeout | undefined;
  #used = 0;
  #max: number | undefined;

  /** @param limit Share of `maxmemory` above which publishing is refused, 0 to 1. */
  constructor(connection: Link, limit: number) {
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

  /** True when publishes must be refused. Always false for a Redis without `maxmemory`. */
  get isHigh(): boolean {
    const max = this.#max ?? 0;
    return max > 0 && this.#used > this.#limit * max;
  }

  /** Redis's `maxmemory` in bytes; 0 if it has none; undefined until Redis has replied. */
  get maxBytes(): number | undefined {
    return this.#max;
  }

  refusal(cause?: unknown): EventBusError {
    return memoryHigh((this.#max ?? 0) > 0 ? `${this.#used} of ${this.#max} bytes are used` : outOfMemory, cause);
  }

  /**
   * Reads the figures now. They stay unchanged if Redis does not reply.
   * @param always Read them also before the connection is ready.
   */
  async poll(always = false): Promise<void> {
    if (!always && !this.#connection.isReady) return;
    try {
      const info = await this.#connection.tryOnce((redis) => redis.info('memory'));
      this.#used = infoFigure(info, 'used_memory');
      this.#max = infoFigure(info, 'maxmemory');
    } catch {
      // The connection reports its own failures; the next poll reads the figures again.
    }
  }
}

function memoryHigh(used: string, cause: unknown): EventBusError {
  const fix = 'raise maxmemory, shorten the retention, or process the backlog; publishing then resumes automatically';
  return new EventBusError('MEMORY_HIGH', `Redis's memory is nearly full (${used}): nothing was written; ${fix}`, {
    cause,
  });
}

/** A figure in the reply of INFO by its name; 0 if it is missing. */
export function infoFigure(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}
