import type { Envelope, UnknownEvent } from './envelope.js';

/** Result of reading an entry of the stream. */
export type ReadResult =
  | { readonly kind: 'event'; readonly event: Envelope }
  | { readonly kind: 'unknown'; readonly event: UnknownEvent }
  /** The version is newer than this build can read: the event waits for a newer build. */
  | { readonly kind: 'ahead'; readonly event: Envelope; readonly message: string }
  | {
      readonly kind: 'invalid';
      readonly reason: InvalidReason;
      readonly message: string;
      /** The event as it was written, if the entry is a valid envelope. */
      readonly event: Envelope | undefined;
    };

/** Reason why neither this build nor a newer one can handle an entry. */
export type InvalidReason = 'NOT_JSON' | 'NOT_ENVELOPE' | 'TOO_LARGE' | 'SCHEMA' | 'VERSION_RETIRED' | 'UPCAST_FAILED';

export function invalid(reason: InvalidReason, message: string, event: Envelope | undefined): ReadResult {
  return { kind: 'invalid', reason, message, event };
}
