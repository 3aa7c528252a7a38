import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when `holds` does; fails with `what` after `timeoutMs`, by default long enough for a machine that is busy. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(10);
  }
}

/** Whether what was asked for is given. */
export function succeeds(asked: Promise<unknown>): Promise<boolean> {
  return asked.then(
    () => true,
    () => false,
  );
}

/** What waits until it is let through. */
export interface Gate {
  /** Resolves once {@link open} was called. */
  readonly passed: Promise<void>;
  open(): void;
}

/** A gate that is closed. */
export function newGate(): Gate {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
