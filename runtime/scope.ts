import type { EventDefinition } from './definition.js';
import type { EventDraft, PublishContext, Published, Publisher, PublishOptions } from './publisher.js';

/** `over` laid on `base`: what `over` does not say (or says as undefined) stays as `base` has it. */
export function mergeContext(base: PublishContext, over: PublishContext | undefined): PublishContext {
  if (over === undefined) return base;
  const merged: { -readonly [K in keyof PublishContext]: PublishContext[K] } = { ...base };
  if (over.tenantId !== undefined) merged.tenantId = over.tenantId;
  if (over.userId !== undefined) merged.userId = over.userId;
  if (over.correlationId !== undefined) merged.correlationId = over.correlationId;
  if (over.causationId !== undefined) merged.causationId = over.causationId;
  return merged;
}

/** A publisher whose publishes have `context` as their default. */
export class ScopedPublisher implements Publisher {
  readonly #publisher: Publisher;
  readonly #context: PublishContext;

  constructor(publisher: Publisher, context: PublishContext) {
    this.#publisher = publisher;
    this.#context = context;
  }

  publish<Type extends string, Data>(
    event: EventDefinition<Type, Data>,
    data: NoInfer<Data>,
    context?: PublishContext,
    options?: PublishOptions,
  ): Promise<Published> {
    return this.#publisher.publish(event, data, mergeContext(this.#context, context), options);
  }

  publishBatch(drafts: readonly EventDraft[], context?: PublishContext): Promise<readonly Published[]> {
    return this.#publisher.publishBatch(drafts, mergeContext(this.#context, context));
  }

  with(context: PublishContext): Publisher {
    return new ScopedPublisher(this.#publisher, mergeContext(this.#context, context));
  }
}
