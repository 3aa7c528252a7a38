/** Callers that wait until something happens, or for a limited time. */
export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next {@link release}, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      this.#waiting.add(end);
    });
  }

  /** Releases all present waiters. */
  release(): void {
    for (const end of [...this.#waiting]) end();
  }
}
