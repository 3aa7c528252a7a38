/** A version: major, minor and patch. What is not written is 0. */
export type Version = readonly [major: number, minor: number, patch: number];

/** Versions come from the stream: the last ones are remembered, for as many as there are at a time. */
const parsed = new Map<string, Version | undefined>();
const maxParsed = 1_000;

/** Reads a version: one to three numbers with dots; text after `-` or `+` is ignored. Undefined for any other text. */
export function parseVersion(text: string): Version | undefined {
  if (parsed.has(text)) return parsed.get(text);
  const found = text.length > 100 ? null : /^(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+].*)?$/s.exec(text);
  const version: Version | undefined =
    found === null ? undefined : [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)];
  if (parsed.size >= maxParsed) parsed.clear();
  parsed.set(text, version);
  return version;
}

/** How the version of an event is related to the one that a build knows. */
export type VersionRelation =
  /** Of the same major, and not newer; also where one of them is no version, as publishers of other kinds may write it. */
  | 'known'
  /** Of the same major, and a newer minor. */
  | 'newer-minor'
  | 'newer-major'
  | 'older-major';

/** Relates an event's version to the build's. Patches change words alone, so that they do not count. */
export function relateVersion(event: string, build: string): VersionRelation {
  if (event === build) return 'known';
  const [theirs, ours] = [parseVersion(event), parseVersion(build)];
  if (theirs === undefined || ours === undefined) return 'known';
  if (theirs[0] !== ours[0]) return theirs[0] > ours[0] ? 'newer-major' : 'older-major';
  return theirs[1] > ours[1] ? 'newer-minor' : 'known';
}

/** Whether a build that knows `build` is to decide what becomes of an event of the version: it is not newer. */
export function canDecide(build: string, event: string): boolean {
  const relation = relateVersion(event, build);
  return relation === 'known' || relation === 'older-major';
}

/** A version as `major.minor.patch`, without what may follow it. */
export function plainVersion(text: string): string {
  return (parseVersion(text) ?? [0, 0, 0]).join('.');
}
