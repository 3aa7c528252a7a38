type Parts = readonly (string | number)[];

/** An id that encodes a position. Callers pass it back unchanged. */
export function opaqueId(parts: Parts): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The parts of an {@link opaqueId}; undefined if `id` does not decode to as many parts, of the same types, as `like`. */
export function partsOf<Own extends Parts>(id: string, like: Own): Own | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(id, 'base64url').toString());
    if (!Array.isArray(parts) || parts.length !== like.length) return undefined;
    const isLike = (part: unknown, at: number) =>
      typeof part === typeof like[at] && (typeof part === 'string' || Number.isFinite(part));
    return parts.every(isLike) ? (parts as unknown as Own) : undefined;
  } catch {
    return undefined;
  }
}
