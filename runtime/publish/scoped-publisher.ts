import { mergeContext, mergeOptions, refuseMoreArguments } from './publish-options.js';
import type { PublishContext, Publisher, TenantPublisher } from './publisher.js';

/** A publisher whose publishes have `context` as their default. Its methods may be used without it. */
export class ScopedPublisher implements TenantPublisher {
  /** Of its publishes. Undefined where the context has none: `withContext` then gives it another type. */
  readonly tenantId: string;
  readonly #publisher: Publisher;
  readonly #context: PublishContext;

  constructor(publisher: Publisher, context: PublishContext) {
    this.#publisher = publisher;
    this.#context = mergeContext({}, context);
    this.tenantId = this.#context.tenantId as string;
  }

  readonly publish: Publisher['publish'] = async (event, data, options, ...rest: never[]) => {
    refuseMoreArguments(rest);
    return this.#publisher.publish(event, data, mergeOptions(this.#context, options));
  };

  readonly publishBatch: Publisher['publishBatch'] = async (drafts, context) =>
    this.#publisher.publishBatch(drafts, mergeContext(this.#context, context));

  readonly withContext: Publisher['withContext'] = (context) =>
    new ScopedPublisher(this.#publisher, mergeContext(this.#context, context));
}
