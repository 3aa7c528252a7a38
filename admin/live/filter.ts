import { matchesPattern } from '@hyvve-events/runtime';

/** A filter of the live stream. A missing field restricts nothing. */
export interface LiveFilter {
  /** A type or pattern. */
  readonly type?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly source?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** Returns a function that checks whether an envelope matches the filter. */
export function createFilter({ type, ...equal }: LiveFilter): (envelope: Readonly<Record<string, unknown>>) => boolean {
  const required = Object.entries(equal).filter(([, value]) => value !== undefined);
  return (envelope) =>
    required.every(([name, value]) => envelope[name] === value) &&
    (type === undefined || matchesPattern(type, String(envelope.type)));
}
