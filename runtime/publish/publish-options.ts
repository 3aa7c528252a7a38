import { EventBusError } from '../errors.js';
import { isEventId } from '../event/ids.js';
import { checkValue, type OptionTable, unknownOption, wholeNumber } from '../options.js';
import { messageOf } from '../support/failure.js';
import { isWellFormed } from '../support/text.js';
import type { EventDraft, PublishContext, PublishOptions } from './publisher.js';

/** Longest id of a tenant, user, cause or idempotency key, in characters: they become parts of keys and of indexes. */
export const maxNameLength = 1_000;

/** Whether `value` can be an id in the envelope or in a key: not empty, of whole characters, none of them NUL. */
export function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > maxNameLength) return false;
  return isWellFormed(value) && !value.includes('\0');
}

const name = { check: { expected: `a string of 1 to ${maxNameLength} whole characters`, holds: isName } };

/** Every field of a publish's context and what it may be. */
const contextOptions: OptionTable<PublishContext> = {
  ...{ tenantId: name, userId: name, correlationId: name, causationId: name },
};

/** Every option of a publish: its default and what it may be. */
export const publishOptions: OptionTable<PublishOptions> = {
  ...contextOptions,
  id: {
    check: { expected: "the error's eventId: a letter, then at most 31 characters 0-9a-z", holds: isEventId },
  },
  idempotencyKey: name,
  idempotencyTtlMs: { default: 24 * 60 * 60 * 1000, check: wholeNumber(1, 100 * 365 * 24 * 60 * 60 * 1000) },
};

/** How long an idempotency key is remembered by default, in milliseconds. */
export const defaultIdempotencyTtlMs = publishOptions.idempotencyTtlMs.default ?? 0;

/** Options without the rule that they are readonly, to be filled in. */
type Fields = { -readonly [Name in keyof PublishOptions]: PublishOptions[Name] };

/**
 * `over` laid on `base`: fields that `over` leaves out, or has as undefined, keep the value of `base`. Reads each once.
 * @throws EventBusError `CONTEXT_INVALID` where `over` is not an object, has other fields, or cannot be read
 */
export function mergeContext(base: PublishContext, over: PublishContext | undefined): PublishContext {
  return over === undefined ? base : merged('the context of a publish', base, over, false);
}

/** As {@link mergeContext}, with all options of a publish. */
export function mergeOptions(base: PublishContext, over: PublishOptions | undefined): PublishOptions {
  return over === undefined ? base : merged('publish', base, over, true);
}

function merged(caller: string, base: PublishContext, over: PublishOptions, isPublish: boolean): PublishOptions {
  if (typeof over !== 'object' || over === null) throw unreadable(caller, 'it is not an object', undefined);
  let unknown: string | undefined;
  try {
    unknown = unknownField(over, isPublish);
    const { tenantId, userId, correlationId, causationId } = over;
    const fields: Fields = { ...base };
    if (tenantId !== undefined) fields.tenantId = tenantId;
    if (userId !== undefined) fields.userId = userId;
    if (correlationId !== undefined) fields.correlationId = correlationId;
    if (causationId !== undefined) fields.causationId = causationId;
    if (isPublish) {
      const { id, idempotencyKey, idempotencyTtlMs } = over;
      if (id !== undefined) fields.id = id;
      if (idempotencyKey !== undefined) fields.idempotencyKey = idempotencyKey;
      if (idempotencyTtlMs !== undefined) fields.idempotencyTtlMs = idempotencyTtlMs;
    }
    if (unknown === undefined) return fields;
  } catch (cause) {
    throw unreadable(caller, messageOf(cause), cause);
  }
  throw unknownOption(caller, unknown, Object.keys(isPublish ? publishOptions : contextOptions), 'CONTEXT_INVALID');
}

/** A field of the object's own that there is no option for. Called for each publish: comparing is faster than a look-up. */
function unknownField(options: PublishOptions, isPublish: boolean): string | undefined {
  for (const name in options) {
    if (name === 'tenantId' || name === 'userId' || name === 'correlationId' || name === 'causationId') continue;
    if (isPublish && (name === 'id' || name === 'idempotencyKey' || name === 'idempotencyTtlMs')) continue;
    if (Object.hasOwn(options, name)) return name;
  }
  return undefined;
}

function unreadable(caller: string, why: string, cause: unknown): EventBusError {
  const message = `${caller}: the options cannot be read (${why}): give an object such as { tenantId }`;
  return new EventBusError('CONTEXT_INVALID', message, { cause });
}

/**
 * Refuses the options as a fourth argument, which plain JavaScript of older versions passes: they would have no effect, and an
 * event with an idempotency key would be written twice.
 * @throws EventBusError `CONTEXT_INVALID`
 */
export function refuseMoreArguments(rest: readonly unknown[]): void {
  if (rest.length === 0) return;
  const message = 'publish: there is no fourth argument: give context and options in one object, the third argument';
  throw new EventBusError('CONTEXT_INVALID', message);
}

/**
 * Checks what protects a publish from being written twice. Most publishes have none of it, and do not pay for it.
 * @param type Of the event, for messages.
 * @throws EventBusError `CONTEXT_INVALID`, naming the option
 */
export function checkIdempotency(type: string, { id, idempotencyKey, idempotencyTtlMs }: PublishOptions): void {
  if (id !== undefined) check(type, 'id', id);
  if (idempotencyKey !== undefined) check(type, 'idempotencyKey', idempotencyKey);
  if (idempotencyTtlMs !== undefined) check(type, 'idempotencyTtlMs', idempotencyTtlMs);
}

function check(type: string, option: keyof PublishOptions, value: unknown): void {
  checkValue(type, option, publishOptions[option].check, value, 'CONTEXT_INVALID');
}

/**
 * The drafts of a batch, each read once, with the batch's context.
 * @throws EventBusError `CONTEXT_INVALID` where callers in plain JavaScript gave something else.
 */
export function readDrafts(drafts: readonly EventDraft[], context: PublishContext): EventDraft[] {
  try {
    const { length } = drafts;
    const read: EventDraft[] = [];
    for (let index = 0; index < length; index += 1) {
      const draft = drafts[index];
      if (typeof draft !== 'object' || draft === null) throw new TypeError(`number ${index} is not a draft`);
      for (const name in draft) {
        if (name === 'event' || name === 'data' || name === 'options') continue;
        if (Object.hasOwn(draft, name)) throw new TypeError(`number ${index} has ${JSON.stringify(name.slice(0, 60))}`);
      }
      const { event, data, options } = draft;
      read.push({ event, data, options: mergeOptions(context, options) });
    }
    return read;
  } catch (cause) {
    if (cause instanceof EventBusError) throw cause;
    const message = `publishBatch: the drafts cannot be read (${messageOf(cause)}): give an array made with eventDraft()`;
    throw new EventBusError('CONTEXT_INVALID', message, { cause });
  }
}
