export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  /** Number of consecutive failures after which the circuit opens. */
  readonly failures: number;
  /** Time that the circuit stays open before a trial call, in milliseconds. */
  readonly coolDownMs: number;
}

/** Three consecutive failures open the circuit; a trial call follows after one second. */
export const circuitBreakerDefaults: CircuitBreakerOptions = { failures: 3, coolDownMs: 1_000 };

/** Refuses calls immediately after repeated failures, and allows one trial call after each pause. */
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
   * Whether a call may be made now. A half-open circuit allows only the trial call, whose {@link succeeded} or {@link failed}
   * closes or opens the circuit.
   * @param reachable Whether there is a connection: without one, no trial call is allowed.
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
