/** Longer keys would exceed the limit of a database index. */
const maxKeyLength = 255;

/** A string for a column with a database index: shortened to the maximum key length. */
export function keyText(value: unknown): string {
  return typeof value === 'string' ? storable(value.slice(0, maxKeyLength)) : '';
}

/** A string for a column that is only displayed. */
export function plainText(value: unknown, maxLength = 2_000): string {
  return typeof value === 'string' ? storable(value.slice(0, maxLength)) : '';
}

/** Replaces characters that PostgreSQL cannot store: NUL and unpaired surrogates. */
export function storable(text: string): string {
  // Few strings contain such characters; the simple pattern checks this ten times as fast.
  return suspicious.test(text) ? text.replace(unstorable, '\ufffd') : text;
}

const suspicious = /[\0\ud800-\udfff]/;
const unstorable = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
