import { matchesPattern } from '../../event/pattern.js';
import type { RegisteredHandler } from '../../handle/handler-set.js';
import type { HandlerOptions } from '../../handle/subscription.js';

/** Which events a handler of a group accepts, as stored in Redis for the other processes of the group. */
export interface HandlerRegistration {
  readonly handler: string;
  readonly pattern: string;
  readonly replay: NonNullable<HandlerOptions['replay']>;
  /** Whether it gets the events of one key one after another. */
  readonly byKey: boolean;
}

/**
 * The value for the hash of handlers: the pattern, then the option `replay` if it is not `include`: `approval.* only`. An ordered
 * handler always has both, and `key`: `approval.* include key`.
 */
export function formatRegistration({ pattern, options }: RegisteredHandler): string {
  if (options.order !== undefined) return `${pattern} ${options.replay} key`;
  return options.replay === 'include' ? pattern : `${pattern} ${options.replay}`;
}

/** Parses a group's hash of handlers. */
export function handlerRegistrations(hash: Readonly<Record<string, string>>): HandlerRegistration[] {
  return Object.entries(hash).map(([handler, value]) => parseRegistration(handler, value));
}

export function parseRegistration(handler: string, value: string): HandlerRegistration {
  const [pattern = '', replay, order] = value.split(' ');
  const byKey = order === 'key';
  return { handler, pattern, replay: replay === 'skip' || replay === 'only' ? replay : 'include', byKey };
}

/** Whether the handler accepts events of `type`. @param replayed Whether the event is a replay. */
export function accepts({ pattern, replay }: HandlerRegistration, type: string, replayed: boolean): boolean {
  return replay !== (replayed ? 'skip' : 'only') && matchesPattern(pattern, type);
}
