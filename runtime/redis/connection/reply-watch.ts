import { Bag, type BagItem } from '../../support/bag.js';

/** Interval at which outstanding replies are checked, in milliseconds: one timer serves all calls. */
const tickMs = 100;

/** Byte counters of a socket. */
interface ByteCounts {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly writableLength: number;
}

interface DueReply extends BagItem {
  /** By `performance.now()`. */
  readonly until: number;
}

/**
 * Detects half-open connections: a reply is due and no data has arrived for too long. It measures silence, not duration: a
 * large reply over a slow connection, or a large request that is still being sent, may take any time.
 */
export class ReplyWatch {
  readonly #timeoutMs: number;
  readonly #socket: () => ByteCounts | undefined;
  readonly #onSilence: () => void;
  readonly #due = new Bag<DueReply>();
  #timer: NodeJS.Timeout | undefined;
  #read = 0;
  #sent = 0;
  #waiting = 0;
  #progressAt = Number.NEGATIVE_INFINITY;

  /** @param onSilence Called when no data has arrived for `timeoutMs` while a reply was due. */
  constructor(timeoutMs: number, socket: () => ByteCounts | undefined, onSilence: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#socket = socket;
    this.#onSilence = onSilence;
  }

  /** Expects a reply. @param blockMs How long the call may block at Redis, in milliseconds. */
  async hold<T>(reply: Promise<T>, blockMs: number): Promise<T> {
    const due = { until: performance.now() + this.#timeoutMs + blockMs, bagIndex: 0 };
    this.#due.add(due);
    this.#timer ??= setInterval(() => this.#check(), tickMs);
    try {
      return await reply;
    } finally {
      this.#due.delete(due);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    if (this.#due.size === 0) {
      this.stop();
      return;
    }
    const now = performance.now();
    if (this.#hasProgress()) this.#progressAt = now;
    if (now - this.#progressAt < this.#timeoutMs) return;
    let isLate = false;
    for (const { until } of this.#due) isLate ||= until < now;
    if (!isLate) return;
    this.#due.clear();
    this.#onSilence();
  }

  /** Whether bytes have arrived, or some of the bytes in the send buffer were sent. An empty buffer proves nothing. */
  #hasProgress(): boolean {
    const socket = this.#socket();
    const read = socket?.bytesRead ?? 0;
    const waiting = socket?.writableLength ?? 0;
    const sent = (socket?.bytesWritten ?? 0) - waiting;
    const progress = read !== this.#read || (this.#waiting > 0 && sent > this.#sent);
    this.#read = read;
    this.#sent = sent;
    this.#waiting = waiting;
    return progress;
  }
}
