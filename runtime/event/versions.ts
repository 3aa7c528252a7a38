/** A version: major, minor and patch. Missing parts are 0. */
export type Version = readonly [major: number, minor: number, patch: number];

/** Cache of parsed versions. Bounded, since versions come from the stream. */
const parsed = new Map<string, Version | undefined>();
const maxParsed = 1_000;

/** Reads a version: one to three numbers with dots; text after `-` or `+` is ignored. Undefined for any other text. */
export function parseVersion(text: string): Version | undefined {
  // A text of any length may come from the stream: it is not kept.
  if (text.length > 100) return undefined;
  if (parsed.has(text)) return parsed.get(text);
  const found = /^(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+].*)?$/s.exec(text);
  const version: Version | undefined =
    found === null ? undefined : [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)];
  if (parsed.size >= maxParsed) parsed.clear();
  parsed.set(text, version);
  return version;
}

/** Relation of an event's version to the version that a build knows. */
export type VersionRelation =
  /** Same major version and not newer; also if one of the two is not a valid version, which other publishers may write. */
  | 'known'
  /** Same major version, newer minor version. */
  | 'newer-minor'
  | 'newer-major'
  | 'older-major';

/** Compares an event's version with the build's. Patch versions change only texts and are ignored. */
export function relateVersion(event: string, build: string): VersionRelation {
  if (event === build) return 'known';
  const [theirs, ours] = [parseVersion(event), parseVersion(build)];
  if (theirs === undefined || ours === undefined) return 'known';
  if (theirs[0] !== ours[0]) return theirs[0] > ours[0] ? 'newer-major' : 'older-major';
  return theirs[1] > ours[1] ? 'newer-minor' : 'known';
}

/** A version as `major.minor.patch`, without a suffix. */
export function plainVersion(text: string): string {
  return (parseVersion(text) ?? [0, 0, 0]).join('.');
}
