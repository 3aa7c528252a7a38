import type { Subscription } from '@hyvve-events/runtime';

/** The subscriptions of one `EventsModule.forFeature`. */
export class FeatureSubscriptions {
  readonly subscriptions: readonly Subscription[];

  constructor(subscriptions: readonly (Subscription | readonly Subscription[])[]) {
    this.subscriptions = subscriptions.flat();
  }
}
