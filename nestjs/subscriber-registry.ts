import type { HandlerContext, Subscription } from '@hyvve-events/runtime';

/** A method of a provider that runs within Nest. */
export type RunMethod = (method: string) => (event: unknown, ctx: HandlerContext) => Promise<void>;

/** Makes the subscriptions of one decorator on a class. */
export type SubscribeMethods = (
  className: string,
  methods: readonly string[],
  run: RunMethod,
) => readonly Subscription[];

/** One decorator on a method. */
export interface DecoratedMethod {
  readonly method: string;
  readonly subscribe: (className: string, run: ReturnType<RunMethod>) => Subscription;
}

/** What decorators have recorded. */
class Registry<Entry> {
  readonly #entries = new WeakMap<object, Entry[]>();

  add(target: object, entry: Entry): void {
    // Decorators are applied from the last to the first.
    this.#entries.set(target, [entry, ...this.of(target)]);
  }

  of(target: object): readonly Entry[] {
    return this.#entries.get(target) ?? [];
  }
}

/** By class. */
export const decoratedClasses = new Registry<SubscribeMethods>();

/** By prototype, not by function: a decorator above may replace the function, for example by one within a transaction. */
export const decoratedMethods = new Registry<DecoratedMethod>();
