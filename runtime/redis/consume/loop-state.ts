/** State of a loop that polls Redis: the time of its last success, and the last error. */
export class LoopState {
  #progressAt = performance.now();
  #isPaused = false;
  #refusal: string | undefined;

  /** To be called when the loop waits for something that is not Redis: until {@link resume}, this counts as progress. */
  pause(): void {
    this.#isPaused = true;
  }

  /** To be called when the loop goes on after a pause. */
  resume(): void {
    this.#isPaused = false;
    this.#progressAt = performance.now();
  }

  /** To be called after a successful round. */
  succeeded(): void {
    this.resume();
    this.#refusal = undefined;
  }

  /** To be called after a failed round. Returns true if the error differs from the error of the previous round. */
  failed(error: unknown): boolean {
    const reason = error instanceof Error ? error.message : String(error);
    const isNew = this.#refusal !== reason;
    this.#refusal = reason;
    return isNew;
  }

  /** Time since the last success, or since the last pause, in milliseconds. */
  get idleMs(): number {
    return this.#isPaused ? 0 : performance.now() - this.#progressAt;
  }

  /** Error of the last round; undefined if it succeeded. */
  get refusal(): string | undefined {
    return this.#refusal;
  }
}
