import { matchesPattern } from '../../event/pattern.js';
import type { RegisteredHandler } from '../../handle/handler-set.js';
import type { HandlerOptions } from '../../handle/subscription.js';

/** What events a handler of a group takes, as the group's set in Redis has it: other instances go by it. */
export interface HandlerEntry {
  readonly handler: string;
  readonly pattern: string;
  readonly replay: NonNullable<HandlerOptions['replay']>;
}

/** As one value of the hash: the pattern, and where it is not `include`, what is done with replays: `approval.* only`. */
export function formatHandlerEntry({ pattern, options }: RegisteredHandler): string {
  return options.replay === 'include' ? pattern : `${pattern} ${options.replay}`;
}

/** The entries of a group's hash of handlers. */
export function handlerEntries(hash: Readonly<Record<string, string>>): HandlerEntry[] {
  return Object.entries(hash).map(([handler, value]) => parseHandlerEntry(handler, value));
}

export function parseHandlerEntry(handler: string, value: string): HandlerEntry {
  const [pattern = '', replay] = value.split(' ');
  return { handler, pattern, replay: replay === 'skip' || replay === 'only' ? replay : 'include' };
}

/** Whether events of `type` are for the handler. @param replayed Whether the event is a replay. */
export function takes({ pattern, replay }: HandlerEntry, type: string, replayed: boolean): boolean {
  return replay !== (replayed ? 'skip' : 'only') && matchesPattern(pattern, type);
}
