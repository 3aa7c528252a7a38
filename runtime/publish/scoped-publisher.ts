import { EventBusError } from '../errors.js';
import { unknownOption } from '../options.js';
import { messageOf } from '../support/failure.js';
import type { PublishContext, Publisher, TenantPublisher } from './publisher.js';

/** Every field of {@link PublishContext}. */
const fields: Readonly<Record<keyof PublishContext, true>> = {
  ...{ tenantId: true, userId: true, correlationId: true, causationId: true },
};

/**
 * `over` laid on `base`: what `over` does not say (or says as undefined) stays as `base` has it. Reads each field once.
 * @throws EventBusError `CONTEXT_INVALID` where `over` is no object or has other fields, or reading it throws
 */
export function mergeContext(base: PublishContext, over: PublishContext | undefined): PublishContext {
  if (over === undefined) return base;
  if (typeof over !== 'object' || over === null) throw unreadable('it is no object', undefined);
  let unknown: string | undefined;
  try {
    unknown = unknownField(over);
    const { tenantId, userId, correlationId, causationId } = over;
    const merged: { -readonly [K in keyof PublishContext]: PublishContext[K] } = { ...base };
    if (tenantId !== undefined) merged.tenantId = tenantId;
    if (userId !== undefined) merged.userId = userId;
    if (correlationId !== undefined) merged.correlationId = correlationId;
    if (causationId !== undefined) merged.causationId = causationId;
    if (unknown === undefined) return merged;
  } catch (cause) {
    throw unreadable(messageOf(cause), cause);
  }
  throw unknownOption('the context of a publish', unknown, Object.keys(fields), 'CONTEXT_INVALID');
}

/** A field of its own that no context has. Of each publish: the names are compared, which is faster than a look-up. */
function unknownField(context: PublishContext): string | undefined {
  for (const name in context) {
    if (name === 'tenantId' || name === 'userId' || name === 'correlationId' || name === 'causationId') continue;
    if (Object.hasOwn(context, name)) return name;
  }
  return undefined;
}

function unreadable(why: string, cause: unknown): EventBusError {
  const message = `the context of a publish cannot be read (${why}): give an object such as { tenantId }`;
  return new EventBusError('CONTEXT_INVALID', message, { cause });
}

/** A publisher whose publishes have `context` as their default. Its methods may be used without it. */
export class ScopedPublisher implements TenantPublisher {
  /** Of its publishes. Undefined where the context has none: `with` then gives it another type. */
  readonly tenantId: string;
  readonly #publisher: Publisher;
  readonly #context: PublishContext;

  constructor(publisher: Publisher, context: PublishContext) {
    this.#publisher = publisher;
    this.#context = mergeContext({}, context);
    this.tenantId = this.#context.tenantId as string;
  }

  readonly publish: Publisher['publish'] = async (event, data, context, options) =>
    this.#publisher.publish(event, data, mergeContext(this.#context, context), options);

  readonly publishBatch: Publisher['publishBatch'] = async (drafts, context) =>
    this.#publisher.publishBatch(drafts, mergeContext(this.#context, context));

  readonly with: Publisher['with'] = (context) =>
    new ScopedPublisher(this.#publisher, mergeContext(this.#context, context));
}
