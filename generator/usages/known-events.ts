import { matchesPattern } from '@hyvve-events/runtime/codegen';
import type { DeclaringPackage } from './declaring-package.js';

/** The names that the SDK gives to one event. */
export interface EventNames {
  readonly type: string;
  readonly key: string;
  readonly publisher: string;
  readonly handler: string;
  readonly domain: string;
  readonly reply: boolean;
}

/** Events by the names of their SDK. */
export interface KnownEvents {
  readonly types: readonly string[];
  readonly byPublisher: ReadonlyMap<string, string>;
  readonly byKey: ReadonlyMap<string, string>;
  readonly byHandler: ReadonlyMap<string, string>;
  /** The types that a pattern matches. */
  matching(pattern: string): readonly string[];
}

/** @param models Events of several versions of a catalog; the first that has a name decides. */
export function knownEvents(...models: readonly (readonly EventNames[])[]): KnownEvents {
  const events = models.flat().filter(({ reply }) => !reply);
  const types = [...new Set(events.map(({ type }) => type))].sort();
  const by = (name: 'publisher' | 'key' | 'handler') =>
    new Map([...events].reverse().map((event) => [event[name], event.type] as const));
  return {
    types,
    byPublisher: by('publisher'),
    byKey: by('key'),
    byHandler: by('handler'),
    matching: (pattern) => types.filter((type) => matchesPattern(pattern, type)),
  };
}

/** For uses that name no event. */
export const noEvents: KnownEvents = knownEvents();

/** The events of the SDKs that code uses: an installed one may be older than the catalog. */
export interface SdkEvents {
  of(sdk: DeclaringPackage): KnownEvents;
  /** Whether an event is of the catalog, of an earlier one or of an SDK that was asked for: not of another catalog. */
  has(type: string): boolean;
}

/** @param earlier Events of an earlier catalog, which code may still use. */
export function sdkEvents(catalog: readonly EventNames[], earlier: readonly EventNames[]): SdkEvents {
  const bySdk = new Map<DeclaringPackage, KnownEvents>();
  const types = new Set([...catalog, ...earlier].map(({ type }) => type));
  return {
    of(sdk) {
      let events = bySdk.get(sdk);
      if (events === undefined) {
        const own = sdk.kind === 'sdk' ? (sdk.model?.events ?? []) : [];
        events = knownEvents(own, catalog, earlier);
        bySdk.set(sdk, events);
        for (const type of events.types) types.add(type);
      }
      return events;
    },
    has: (type) => types.has(type),
  };
}
