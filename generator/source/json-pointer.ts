/** The JSON pointer of keys. */
export function pointerOf(keys: readonly string[]): string {
  let pointer = '';
  for (const key of keys) pointer += `/${/[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key}`;
  return pointer;
}

/** The keys of a JSON pointer. */
export function keysOf(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Decodes a part of a reference's JSON pointer to a key. */
export function keyOf(part: string): string {
  return decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Decodes percent-encoding. Invalid sequences are left as they are. */
export function decode(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}

/** Up to eight names; those with the same beginning as the missing one come first. */
export function nearest(missing: string, names: readonly string[]): string[] {
  const likeness = (name: string) => {
    let length = 0;
    while (length < missing.length && name[length]?.toLowerCase() === missing[length]?.toLowerCase()) length += 1;
    return length;
  };
  return [...names].sort((a, b) => likeness(b) - likeness(a)).slice(0, 8);
}
