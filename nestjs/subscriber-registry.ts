import type { HandlerContext, Subscription } from '@hyvve-events/runtime';

/** A method of a provider that runs within Nest. */
export type RunMethod = (method: string) => (event: unknown, ctx: HandlerContext) => Promise<void>;

/** Makes the subscriptions of one decorator on a class. */
export type SubscribeMethods = (
  className: string,
  methods: readonly string[],
  run: RunMethod,
) => readonly Subscription[];

/** Makes the subscription of one decorator on a method. */
export type SubscribeMethod = (className: string, method: string, run: RunMethod) => Subscription;

/** What the decorators of a class, or of a method, have recorded. */
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

/** By the function of the method. */
export const decoratedMethods = new Registry<SubscribeMethod>();
