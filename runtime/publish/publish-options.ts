import { isEventId } from '../event/ids.js';
import { type OptionTable, type Resolved, resolveOptions, wholeNumber } from '../options.js';
import { isWellFormed } from '../support/text.js';
import { noPublishOptions, type PublishOptions } from './publisher.js';

/** Longest id of a tenant, user, cause or idempotency key, in characters: they become parts of keys and of indexes. */
export const maxNameLength = 1_000;

/** Whether `value` can be an id in the envelope or in a key: not empty, of whole characters, none of them NUL. */
export function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxNameLength) return false;
  return isWellFormed(value) && !value.includes('\0');
}

/** Every option of a publish: its default and what it may be. */
export const publishOptions: OptionTable<PublishOptions> = {
  id: {
    check: { expected: "the error's eventId: a letter, then at most 31 characters 0-9a-z", holds: isEventId },
  },
  idempotencyKey: {
    check: { expected: `a string of 1 to ${maxNameLength} whole characters`, holds: isName },
  },
  idempotencyWindowMs: { default: 24 * 60 * 60 * 1000, check: wholeNumber(1, 100 * 365 * 24 * 60 * 60 * 1000) },
};

/** {@link PublishOptions} with the default filled in. */
export type ResolvedPublishOptions = Resolved<PublishOptions, 'id' | 'idempotencyKey'>;

const none: ResolvedPublishOptions = { idempotencyWindowMs: publishOptions.idempotencyWindowMs.default ?? 0 };

/** The options where all of them are right; undefined where that must be looked into. */
function quickly(options: PublishOptions): ResolvedPublishOptions | undefined {
  try {
    for (const name of Object.keys(options)) if (!Object.hasOwn(publishOptions, name)) return undefined;
    const { id, idempotencyKey, idempotencyWindowMs = none.idempotencyWindowMs } = options;
    if (id !== undefined && !isEventId(id)) return undefined;
    if (idempotencyKey !== undefined && !isName(idempotencyKey)) return undefined;
    if (!publishOptions.idempotencyWindowMs.check.holds(idempotencyWindowMs)) return undefined;
    return {
      idempotencyWindowMs,
      ...(id === undefined ? {} : { id }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
  } catch {
    return undefined;
  }
}

/**
 * Fills in the default, reading each option once.
 * @param type Of the event, for messages.
 * @throws EventBusError `CONTEXT_INVALID`, naming the option
 */
export function resolvePublishOptions(type: string, options: PublishOptions): ResolvedPublishOptions {
  // Most publishes have none, and are not to pay for what others have.
  if (options === noPublishOptions) return none;
  return (
    quickly(options) ??
    resolveOptions<PublishOptions, 'id' | 'idempotencyKey'>(type, publishOptions, options, 'CONTEXT_INVALID')
  );
}
