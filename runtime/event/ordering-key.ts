import type { AnyEventDefinition } from './definition.js';

/**
 * A tenant and an ordering key as one text: `<tenant>\n<key>`. Both may contain any character, so `%`, the line feed and NUL are
 * written `%25`, `%0A` and `%00`: two pairs never have the same text, and none contains NUL, which separates the parts of longer names.
 */
export function orderingKeyOf(tenantId: string, key: string): string {
  return `${escaped(tenantId)}\n${escaped(key)}`;
}

/** The tenant and the key in a text of {@link orderingKeyOf}. */
export function parseOrderingKey(text: string): { readonly tenantId: string; readonly key: string } {
  const [tenantId = '', key = ''] = text.split('\n').map(unescaped);
  return { tenantId, key };
}

function unescaped(part: string): string {
  return part.replaceAll('%00', '\0').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

const reserved = /[%\n\0]/;

function escaped(part: string): string {
  if (!reserved.test(part)) return part;
  return part.replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\0', '%00');
}

/**
 * The function `orderingKey` of a definition that is made from a catalog at run time.
 * @param pointer `x-ordering-key`: a JSON pointer to the key in the data.
 */
export function readKeyAt(pointer: string): (data: unknown) => string | number {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return (data) => {
    let value = data;
    for (const name of names) value = (value as Readonly<Record<string, unknown>>)[name];
    return value as string | number;
  };
}

/**
 * The ordering key that a definition reads from valid data, an integer as its decimal digits; undefined if the data has neither a
 * string nor an integer there. Never throws.
 */
export function keyInData(event: AnyEventDefinition, data: unknown): string | undefined {
  let key: unknown;
  try {
    key = event.orderingKey?.(data);
  } catch {
    return undefined;
  }
  return Number.isInteger(key) ? String(BigInt(key as number)) : typeof key === 'string' ? key : undefined;
}
