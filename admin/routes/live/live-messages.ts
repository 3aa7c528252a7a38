import type { Static } from 'typebox';
import type { ErrorAnswer } from '../../http/schemas.js';
import type { StatsAnswer } from '../statistics/statistics.js';

/** An event of the live stream: its envelope, masked for the role, and its stream id. */
export interface PassingEvent {
  readonly streamId: string;
  readonly id: string;
  readonly type: string;
  readonly source?: string;
  /** ISO 8601. */
  readonly timestamp?: string;
  readonly correlationId?: string;
  readonly tenantId?: string;
}

/** Messages of `GET /admin/events/live` by their event name, with their data. */
export interface LiveMessages {
  readonly stats: Static<typeof StatsAnswer>;
  /** Sent instead of `stats` if the token is bound to a tenant. */
  readonly alive: { readonly at: string };
  readonly events: {
    /** Oldest first. */
    readonly events: readonly PassingEvent[];
    /** Number of events that matched the filter, sent or not. */
    readonly passed: number;
    /** True if only a part of the events is sent. */
    readonly sampled: boolean;
  };
  /** Why there are no statistics. */
  readonly problem: Pick<Static<typeof ErrorAnswer>, 'code' | 'message'>;
  /** The token has expired: the stream ends. */
  readonly expired: { readonly at: string };
}

/** Any of {@link LiveMessages}. */
export type LiveMessage = {
  readonly [Name in keyof LiveMessages]: { readonly event: Name; readonly data: LiveMessages[Name] };
}[keyof LiveMessages];

/** A message as text of server-sent events. */
export function liveMessage<Name extends keyof LiveMessages>(event: Name, data: LiveMessages[Name]): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
