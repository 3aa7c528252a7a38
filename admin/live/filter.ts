import { matchesPattern } from '@hyvve-events/runtime';

/** Which events a watcher wants. What is left out restricts nothing. */
export interface LiveFilter {
  /** A type or pattern. */
  readonly type?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly source?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** Whether an envelope passes. */
export function createFilter({ type, ...equal }: LiveFilter): (envelope: Readonly<Record<string, unknown>>) => boolean {
  const wanted = Object.entries(equal).filter(([, value]) => value !== undefined);
  return (envelope) =>
    wanted.every(([name, value]) => envelope[name] === value) &&
    (type === undefined || matchesPattern(type, String(envelope.type)));
}
