/** Caches the result of `read` for `ms` milliseconds. Concurrent callers share one read. Errors are not cached. */
export function cachedFor<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  let until = 0;
  return () => {
    if (last !== undefined && performance.now() < until) return last;
    const reading = read();
    last = reading;
    until = performance.now() + ms;
    reading.catch(() => {
      if (last === reading) last = undefined;
    });
    return reading;
  };
}
