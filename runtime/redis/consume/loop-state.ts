/** How a loop that asks Redis again and again does: since when it has had no success, and what Redis says. */
export class LoopState {
  #progressAt = performance.now();
  #refusal: string | undefined;

  /** A turn has ended as it should: with a reply, or because everything is busy. */
  succeeded(): void {
    this.#progressAt = performance.now();
    this.#refusal = undefined;
  }

  /** A turn has ended with an error, which is no progress. Gives true when it is another error than the last turn's. */
  failed(error: unknown): boolean {
    const reason = error instanceof Error ? error.message : String(error);
    const isNew = this.#refusal !== reason;
    this.#refusal = reason;
    return isNew;
  }

  /** Since the last success, in milliseconds. */
  get idleMs(): number {
    return performance.now() - this.#progressAt;
  }

  /** Why the last turn failed; undefined when it did not. */
  get refusal(): string | undefined {
    return this.#refusal;
  }
}
