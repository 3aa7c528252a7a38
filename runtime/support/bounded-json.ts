/**
 * JSON of a value that may be very large or infinite: stops as soon as the JSON is certain to be longer than `maxLength`.
 * @throws RangeError when the JSON is too long; any error that `JSON.stringify` or the value throws
 */
export function boundedJson(value: unknown, maxLength: number): string | undefined {
  let left = maxLength;
  return JSON.stringify(value, (_name, part: unknown) => {
    left -= typeof part === 'string' ? part.length + 1 : 1;
    if (left < 0) throw new RangeError(`its JSON has more than ${maxLength} characters`);
    return part;
  });
}
