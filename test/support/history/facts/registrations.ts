import type { HandlerRecord, HistoryRecord, ProcessStart } from '../history.js';

/** A handler of a group, as the group's processes registered it. */
export interface RegisteredHandler {
  readonly group: string;
  readonly name: string;
  /** Each start of a process that has it, in order of time. */
  readonly starts: { readonly process: ProcessStart; readonly handler: HandlerRecord }[];
}

/** The handlers of a history. */
export class Registrations {
  readonly #byGroup = new Map<string, Map<string, RegisteredHandler>>();
  readonly #takersByType = new Map<string, RegisteredHandler[]>();

  constructor(records: readonly HistoryRecord[]) {
    for (const record of records) if (record.kind === 'process-start') this.#add(record);
  }

  find(group: string, handler: string): RegisteredHandler | undefined {
    return this.#byGroup.get(group)?.get(handler);
  }

  all(): RegisteredHandler[] {
    return [...this.#byGroup.values()].flatMap((handlers) => [...handlers.values()]);
  }

  /** The handlers that take a type in each process that has them. */
  takersOf(type: string): readonly RegisteredHandler[] {
    const known = this.#takersByType.get(type);
    if (known !== undefined) return known;
    const takers = this.all().filter(({ starts }) => starts.every(({ handler }) => takes(handler, type)));
    this.#takersByType.set(type, takers);
    return takers;
  }

  #add(process: ProcessStart): void {
    const group = this.#byGroup.get(process.service) ?? new Map<string, RegisteredHandler>();
    this.#byGroup.set(process.service, group);
    for (const handler of process.handlers) {
      const registered = group.get(handler.name) ?? { group: process.service, name: handler.name, starts: [] };
      group.set(handler.name, registered);
      registered.starts.push({ process, handler });
    }
  }
}

/** Whether a handler takes a type. */
export function takes({ types }: HandlerRecord, type: string): boolean {
  return types.some((pattern) => matches(pattern, type));
}

/** Whether a type equals a pattern, or begins as a pattern that ends with `*`. */
export function matches(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
