import { EventBusError } from '../errors.js';
import type { AnyEventDefinition } from '../event/definition.js';
import { MergedDraft, mergeContext, mergeOptions, readDrafts, refuseMoreArguments } from './publish-options.js';
import type {
  EventDraft,
  PublishContext,
  Published,
  PublishOptions,
  TenantPublisher,
  UserPublisher,
} from './publisher.js';

/** Publishes drafts whose options are already merged. Resolves with one result for each draft. */
export type PublishDrafts = (drafts: readonly EventDraft[]) => Promise<readonly Published[]>;

/** A publisher with a default context for its publishes. Its methods also work when they are destructured. */
export class ScopedPublisher implements TenantPublisher, UserPublisher {
  /** The tenant of its publishes. Undefined if the context has none: the publisher then has a type without this field. */
  readonly tenantId: string;
  /** The user of its publishes; undefined as the tenant. */
  readonly userId: string;
  readonly #publishDrafts: PublishDrafts;
  readonly #context: PublishContext;

  constructor(publishDrafts: PublishDrafts, context: PublishContext) {
    this.#publishDrafts = publishDrafts;
    this.#context = mergeContext({}, context);
    this.tenantId = this.#context.tenantId as string;
    this.userId = this.#context.userId as string;
  }

  readonly publish = async (
    event: AnyEventDefinition,
    data: unknown,
    options?: PublishOptions,
    ...rest: never[]
  ): Promise<Published> => {
    refuseMoreArguments(rest);
    const draft = new MergedDraft(event, data, mergeOptions(this.#context, options));
    // No array literal, for the same reason for which `PreparedEvent` is a class.
    const [published] = await this.#publishDrafts(Array.of(draft));
    if (published === undefined) throw new EventBusError('INTERNAL', 'a publish returned no result');
    return published;
  };

  readonly publishBatch = async (
    drafts: readonly EventDraft[],
    context?: PublishContext,
  ): Promise<readonly Published[]> => {
    const read = readDrafts(drafts, mergeContext(this.#context, context));
    return read.length === 0 ? [] : this.#publishDrafts(read);
  };

  readonly withContext = (context: PublishContext): ScopedPublisher =>
    new ScopedPublisher(this.#publishDrafts, mergeContext(this.#context, context));
}
