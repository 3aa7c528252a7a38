import { plainVersion } from '../../event/versions.js';

/** What the deliveries in one set of parked ones wait for. */
export interface ParkedName {
  readonly handler: string;
  readonly type: string;
  /** `major.minor.patch`, without what may follow it. */
  readonly version: string;
}

/** The name of a set of parked deliveries: `<handler>~<type>~<version>`. */
export function formatParkedName(handler: string, type: string, version: string): string {
  return `${handler}~${type}~${plainVersion(version)}`;
}

/** Reads a name from its end: a handler's name may have `~`. Undefined for text that is no such name. */
export function parseParkedName(name: string): ParkedName | undefined {
  const [, handler, type, version] = /^(.+)~([^~]+)~(\d+\.\d+\.\d+)$/s.exec(name) ?? [];
  if (handler === undefined || type === undefined || version === undefined) return undefined;
  return { handler, type, version };
}
