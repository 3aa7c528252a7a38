import type { Consumers } from '../../../../answers.js';

/** A handler that some living process has, of those that are given events of a type. */
export interface Registered {
  readonly group: string;
  readonly handler: string;
  readonly pattern: string;
  /** Processes that have it. */
  readonly processes: number;
}

/** Handlers whose pattern a type fits, each once, by group. */
export function registeredFor(type: string, { consumers }: Consumers): readonly Registered[] {
  const found = new Map<string, Registered>();
  for (const { group, handlers } of consumers) {
    for (const { name, pattern } of handlers) {
      if (!fits(type, pattern)) continue;
      const key = `${group} ${name}`;
      const processes = (found.get(key)?.processes ?? 0) + 1;
      found.set(key, { group, handler: name, pattern, processes });
    }
  }
  return [...found.values()].sort((a, b) => a.group.localeCompare(b.group) || a.handler.localeCompare(b.handler));
}

/** As the runtime matches: a type, `a.*` for what is below `a`, `*` for all. */
function fits(type: string, pattern: string): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
}
