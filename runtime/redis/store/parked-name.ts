import { plainVersion } from '../../event/versions.js';

/** Handler, event type and version of one set of parked deliveries. */
export interface ParkedName {
  readonly handler: string;
  readonly type: string;
  /** `major.minor.patch`, without a suffix. */
  readonly version: string;
}

/** The name of a set of parked deliveries: `<handler>~<type>~<version>`. */
export function formatParkedName(handler: string, type: string, version: string): string {
  return `${handler}~${type}~${plainVersion(version)}`;
}

/** Parses a name from its end, because a handler's name may contain `~`. Undefined for any other text. */
export function parseParkedName(name: string): ParkedName | undefined {
  const [, handler, type, version] = /^(.+)~([^~]+)~(\d+\.\d+\.\d+)$/s.exec(name) ?? [];
  if (handler === undefined || type === undefined || version === undefined) return undefined;
  return { handler, type, version };
}
