/** The length of a text in Unicode characters, as JSON Schema counts them: a surrogate pair is one character. */
export function textLength(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** Whether two JSON values are equal, regardless of the order of properties. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  // NaN is not equal to itself.
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return Number.isNaN(a) && Number.isNaN(b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) && isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

/** The regular expression of a schema's pattern: with the flag `u` if that is valid, else without it. */
export function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    // For example `[\w-.]`, which is valid only without the flag.
    return new RegExp(pattern);
  }
}

/**
 * Whether a number is a multiple of a step, in decimal arithmetic: 8.7 is a multiple of 0.01, although not in binary floating
 * point. No number is a multiple of 0.
 */
export function isMultipleOf(value: number, step: number): boolean {
  if (!Number.isFinite(value)) return false;
  const own = decimalOf(value);
  const other = decimalOf(step);
  // A number with more decimal places than the step is not a multiple.
  if (own.scale > other.scale || other.digits === 0n) return false;
  return (own.digits * (other.scale / own.scale)) % other.digits === 0n;
}

/**
 * The same for a step of few digits, quickly.
 * @param digits The digits of the step, an integer below 2^53.
 * @param scale The power of ten that makes the step `digits`: from 10 to 10^15.
 */
export function isMultipleOfDecimal(value: number, digits: number, scale: number): boolean {
  const scaled = Math.round(value * scale);
  // Up to 15 digits, decimal numbers and doubles correspond one to one.
  if (Math.abs(scaled) < 1e15) return scaled / scale === value && scaled % digits === 0;
  return isMultipleOf(value, digits / scale);
}

/** A number as `digits / scale`, from its shortest decimal representation. */
export function decimalOf(value: number): { readonly digits: bigint; readonly scale: bigint } {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const digits = BigInt(sign + whole + fraction);
  const places = fraction.length - Number(exponent);
  return places <= 0
    ? { digits: digits * 10n ** BigInt(-places), scale: 1n }
    : { digits, scale: 10n ** BigInt(places) };
}

/**
 * The indexes of two equal items of a list, the later one first; undefined if all items differ. Takes linear time.
 */
export function repeatedItems(items: readonly unknown[]): readonly [later: number, earlier: number] | undefined {
  const indexes = new Map<unknown, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    const earlier = indexes.get(key);
    if (earlier !== undefined) return [index, earlier];
    indexes.set(key, index);
  }
  return undefined;
}

/** A key that is the same for two JSON values if and only if they are equal, regardless of the order of properties. */
function keyOf(value: unknown): unknown {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return `[${value.map((item) => String(keyOf(item))).join()}]`;
  const properties = value as Readonly<Record<string, unknown>>;
  const own = Object.keys(properties).sort();
  return `{${own.map((name) => `${JSON.stringify(name)}:${String(keyOf(properties[name]))}`).join()}}`;
}
