import type { Consumers } from '../../../../answers.js';

/** A handler that at least one process has. */
export interface Registered {
  readonly group: string;
  readonly handler: string;
  readonly pattern: string;
  /** Number of processes that have it. */
  readonly processes: number;
}

/** The handlers of all processes, each once, sorted by group and name. */
export function registeredHandlers({ consumers }: Consumers): readonly Registered[] {
  const found = new Map<string, Registered>();
  for (const { group, handlers } of consumers) {
    for (const { name, pattern } of handlers) {
      const key = `${group} ${name}`;
      const processes = (found.get(key)?.processes ?? 0) + 1;
      found.set(key, { group, handler: name, pattern, processes });
    }
  }
  return [...found.values()].sort((a, b) => a.group.localeCompare(b.group) || a.handler.localeCompare(b.handler));
}
