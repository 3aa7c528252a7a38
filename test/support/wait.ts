import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when `holds` returns true. Fails with `description` after `timeoutMs`; the default is long enough for a busy machine. */
export async function until(
  description: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`timeout after ${timeoutMs} ms: ${description}`);
    await sleep(10);
  }
}

/** Whether a promise resolves. */
export function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}

/** Holds code back until it is opened. */
export interface Gate {
  /** Resolves once {@link open} was called. */
  readonly passed: Promise<void>;
  open(): void;
}

/** A closed gate. */
export function newGate(): Gate {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
