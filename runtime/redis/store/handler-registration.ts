import { matchesPattern } from '../../event/pattern.js';
import type { RegisteredHandler } from '../../handle/handler-set.js';
import type { HandlerOptions } from '../../handle/subscription.js';

/** What events a handler of a group takes, as the group's set in Redis has it: other instances go by it. */
export interface HandlerRegistration {
  readonly handler: string;
  readonly pattern: string;
  readonly replay: NonNullable<HandlerOptions['replay']>;
}

/** As one value of the hash: the pattern, and where it is not `include`, what is done with replays: `approval.* only`. */
export function formatRegistration({ pattern, options }: RegisteredHandler): string {
  return options.replay === 'include' ? pattern : `${pattern} ${options.replay}`;
}

/** The entries of a group's hash of handlers. */
export function handlerRegistrations(hash: Readonly<Record<string, string>>): HandlerRegistration[] {
  return Object.entries(hash).map(([handler, value]) => parseRegistration(handler, value));
}

export function parseRegistration(handler: string, value: string): HandlerRegistration {
  const [pattern = '', replay] = value.split(' ');
  return { handler, pattern, replay: replay === 'skip' || replay === 'only' ? replay : 'include' };
}

/** Whether events of `type` are for the handler. @param replayed Whether the event is a replay. */
export function accepts({ pattern, replay }: HandlerRegistration, type: string, replayed: boolean): boolean {
  return replay !== (replayed ? 'skip' : 'only') && matchesPattern(pattern, type);
}
