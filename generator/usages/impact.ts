import type { ChangeDetail, EventChange, Usage } from '@hyvve-events/catalog-model';
import type { FoundUsages } from './find-usages.js';
import { stepsOfPath } from './property-path.js';
import type { PropertyQuestion, PropertyUse } from './property-uses.js';

/** The code that a change of the catalog breaks. */
export interface Impact {
  /** Only events with a breaking change. */
  readonly events: readonly EventImpact[];
  /** Numbers of different places: of publishers that break, of handlers that break, and of their services. */
  readonly publishers: number;
  readonly handlers: number;
  readonly services: number;
  /** Places whose events cannot be decided: they may break too. */
  readonly undecided: number;
  /** True if some of the code does not compile: places may be missing. */
  readonly partial: boolean;
}

export interface EventImpact {
  readonly type: string;
  readonly isAnnounced: boolean;
  readonly changes: readonly ChangedUse[];
}

/** A breaking change of an event, and the code that it concerns. */
export interface ChangedUse extends Pick<ChangeDetail, 'code' | 'path' | 'message' | 'breaks'> {
  /** The code that publishes the event, if the change breaks producers. */
  readonly publishers: readonly Usage[];
  /** The code that handles the event, if the change breaks consumers. */
  readonly handlers: readonly Usage[];
  /** The code that writes the property, if the change breaks producers, and that reads it, if the change breaks consumers. */
  readonly properties: readonly PropertyUse[];
}

interface BreakingChange {
  readonly event: EventChange;
  readonly change: ChangeDetail;
}

function breakingOf(changes: readonly EventChange[]): BreakingChange[] {
  return changes.flatMap((event) =>
    event.changes.filter(({ breaks }) => breaks.length > 0).map((change) => ({ event, change })),
  );
}

/** The questions about properties that {@link impactOf} needs answers to. @param payloads Names of the payloads' types, by event type. */
export function questionsOf(
  changes: readonly EventChange[],
  payloads: ReadonlyMap<string, string>,
): PropertyQuestion[] {
  return breakingOf(changes).map(({ event, change }) => ({
    payload: payloads.get(event.type) ?? '',
    steps: change.path === undefined ? [] : (stepsOfPath(change.path) ?? []),
  }));
}

/** @param uses The answers to {@link questionsOf}. */
export function impactOf(
  changes: readonly EventChange[],
  found: FoundUsages,
  uses: readonly (readonly PropertyUse[])[],
): Impact {
  const breaking = breakingOf(changes);
  const changed = breaking.map(({ event, change: { code, path, message, breaks } }, index) => {
    const consumers = breaks.includes('consumers');
    const producers = breaks.includes('producers');
    const usagesOf = (kind: Usage['kind']) =>
      found.usages.filter((usage) => usage.type === event.type && usage.kind === kind);
    // Events may share the type of their payload: a line is of this event only if its service uses this event.
    const isConcerned = ({ kind, services }: PropertyUse) => {
      if (!(kind === 'read' ? consumers : producers)) return false;
      const users = usagesOf(kind === 'read' ? 'handle' : 'publish').flatMap((usage) => usage.services);
      return services.length === 0 || services.some((service) => users.includes(service));
    };
    const properties = (uses[index] ?? []).filter(isConcerned);
    const change: ChangedUse = {
      code,
      ...(path === undefined ? {} : { path }),
      message,
      breaks,
      publishers: producers ? usagesOf('publish') : [],
      handlers: consumers ? usagesOf('handle') : [],
      properties,
    };
    return { event, change };
  });
  const events = [...new Set(breaking.map(({ event }) => event))].map((event) => ({
    type: event.type,
    isAnnounced: event.isAnnounced,
    changes: changed.filter((each) => each.event === event).map(({ change }) => change),
  }));
  const publishers = changed.flatMap(({ change }) => change.publishers);
  const handlers = changed.flatMap(({ change }) => change.handlers);
  const places = (usages: readonly Usage[]) =>
    new Set(usages.map((each) => `${each.file}:${each.line}:${each.column}`)).size;
  return {
    events,
    publishers: places(publishers),
    handlers: places(handlers),
    services: new Set([...publishers, ...handlers].flatMap(({ services }) => services)).size,
    undecided: found.undecided.length,
    partial: found.problems.length > 0,
  };
}
