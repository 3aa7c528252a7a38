/** A longer key does not fit into a page of an index. */
const maxKeyLength = 255;

/** A string as a column holds it that is searched by: an index has no long key. */
export function keyText(value: unknown): string {
  return typeof value === 'string' ? storable(value.slice(0, maxKeyLength)) : '';
}

/** A string as a column holds it that is only shown. */
export function plainText(value: unknown, maxLength = 2_000): string {
  return typeof value === 'string' ? storable(value.slice(0, maxLength)) : '';
}

/** A string without what PostgreSQL's text cannot hold: NUL, and halves of characters. */
export function storable(text: string): string {
  // Most texts contain nothing of the kind; the simple pattern finds that out ten times as fast.
  return suspicious.test(text) ? text.replace(unstorable, '\ufffd') : text;
}

const suspicious = /[\0\ud800-\udfff]/;
const unstorable = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
