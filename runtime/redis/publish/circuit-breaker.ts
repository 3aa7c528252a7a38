export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  /** How many calls in a row must fail before the circuit opens. */
  readonly failures: number;
  /** How long it stays open before one call is let through to try, in milliseconds. */
  readonly coolDownMs: number;
}

/** Three failures in a row open it; a trial after one second. */
export const circuitBreakerDefaults: CircuitBreakerOptions = { failures: 3, coolDownMs: 1_000 };

/** Fails calls fast while what they call is away, and lets one through now and then to see whether it is back. */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #openedAt = 0;
  #state: CircuitState = 'closed';

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /**
   * Whether a call may be tried now. While half open only the one trial may; its {@link succeeded} or {@link failed}
   * decides.
   * @param reachable Whether a trial has a chance: without a connection none is made.
   */
  allows(reachable: boolean): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || !reachable) return false;
    if (performance.now() - this.#openedAt < this.#options.coolDownMs) return false;
    this.#state = 'half-open';
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#state = 'closed';
  }

  failed(): void {
    this.#failures += 1;
    if (this.#state === 'closed' && this.#failures < this.#options.failures) return;
    this.#state = 'open';
    this.#openedAt = performance.now();
  }
}
