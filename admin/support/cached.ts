/** Gives what `read` gave within the last `ms` milliseconds, and has callers that come together wait for one reading. */
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
