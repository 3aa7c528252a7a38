import { type AnyEventDefinition, readEntry } from '@hyvve-events/runtime';
import { knownVersion } from '../web/shared/event-versions.js';
import type { Catalog } from './catalog.js';

/** An event of an older version as handlers receive it. */
export interface ReceivedEvent {
  /** The version to which its data is converted. */
  readonly version: string;
  /** The converted data; absent if there is a problem. */
  readonly data?: unknown;
  /** Why its data cannot be converted here. */
  readonly problem?: string;
}

/**
 * Reads a stored envelope as a service does; undefined if its data is not converted, because it has no older version.
 * @param mayCrash The event has crashed its processes, so that no written conversion may run here. Default: false.
 */
export type ReceiveEvent = (
  envelope: Readonly<Record<string, unknown>>,
  mayCrash?: boolean,
) => ReceivedEvent | undefined;

/** @param definitions The catalog's events; those of the SDK have the written conversions too. */
export function createReceiver(catalog: Catalog, definitions: readonly AnyEventDefinition[]): ReceiveEvent {
  const byType = new Map(definitions.map((definition) => [definition.type, definition]));
  return (envelope, mayCrash = false) => {
    const event = catalog.events.get(String(envelope.type));
    if (event === undefined || knownVersion(event, String(envelope.version)).kind !== 'older') return undefined;
    const { version } = event;
    if (mayCrash && event.older?.some(({ derived }) => derived === undefined)) {
      return {
        version,
        problem: 'the event crashed every process that read it: its written conversion does not run here',
      };
    }
    const result = readEntry(JSON.stringify(envelope), byType, Number.POSITIVE_INFINITY);
    if (result.kind === 'event') return { version, data: result.event.data };
    return { version, problem: 'message' in result ? result.message : `${event.type} is unknown` };
  };
}
