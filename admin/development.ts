import {
  type AnyEventDefinition,
  createEventBus,
  type EventBusOptions,
  type Published,
  type PublishOptions,
} from '@hyvve-events/runtime';

/** What `hyvve-events dev` passes to the service, so that events can be published from their pages. */
export interface DevelopmentOptions {
  /**
   * Makes valid data of an event type.
   * @param seed The same seed gives the same data.
   * @returns undefined if no valid data is found, or the catalog has no such event
   */
  sample(type: string, seed: number): unknown;
}

/** Publishes events for the pages of `hyvve-events dev`. */
export interface Development extends DevelopmentOptions {
  /** @throws EventBusError `VALIDATION_FAILED`, `CONTEXT_INVALID`, `UNAVAILABLE`, … */
  publish(
    event: AnyEventDefinition,
    data: unknown,
    options: PublishOptions & { readonly tenantId: string },
  ): Promise<Published>;
  /** The definition of an event type; undefined if the catalog has no such event. */
  definitionOf(type: string): AnyEventDefinition | undefined;
  close(): Promise<void>;
}

/** The source of events that are published from a page. */
const service = 'hyvve-events-dev';

/** Creates the publisher. It connects at the first publish. */
export function createDevelopment(
  { sample }: DevelopmentOptions,
  options: Omit<EventBusOptions, 'service'>,
  events: readonly AnyEventDefinition[],
): Development {
  const bus = createEventBus({ ...options, service });
  const byType = new Map(events.map((event) => [event.type, event]));
  return {
    sample: (type, seed) => sample(type, seed),
    publish: (event, data, context) => bus.publish(event, data, context),
    definitionOf: (type) => byType.get(type),
    close: () => bus.close(),
  };
}
