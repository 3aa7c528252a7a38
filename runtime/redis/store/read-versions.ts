import type { AnyEventDefinition } from '../../event/definition.js';
import type { ReadVersions } from '../../operate/versions.js';

/** Type → version, then the older majors: the form in the description of a consumer. */
export type WrittenReads = Readonly<Record<string, readonly [version: string, ...older: number[]]>>;

export function formatReads(definitions: Iterable<AnyEventDefinition>): WrittenReads {
  const entries = [...definitions].map(({ type, version, older = [] }) => {
    return [type, [version, ...older.map(({ major }) => major)]] as const;
  });
  return Object.fromEntries(entries) as WrittenReads;
}

/** Undefined for the description of an earlier version of the runtime, which does not say what its process reads. */
export function parseReads(written: unknown): readonly ReadVersions[] | undefined {
  if (typeof written !== 'object' || written === null) return undefined;
  return Object.entries(written).flatMap(([type, versions]) => {
    if (!Array.isArray(versions) || typeof versions[0] !== 'string') return [];
    const older = versions.slice(1).filter((major) => typeof major === 'number');
    return [{ type, version: versions[0], older }];
  });
}
