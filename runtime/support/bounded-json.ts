/**
 * JSON of a value that may be enormous, or without end: writing stops where it is certain to be longer than `maxLength`.
 * @throws RangeError where it is too long; whatever JSON or the value throws
 */
export function boundedJson(value: unknown, maxLength: number): string | undefined {
  let left = maxLength;
  return JSON.stringify(value, (_name, part: unknown) => {
    left -= typeof part === 'string' ? part.length + 1 : 1;
    if (left < 0) throw new RangeError(`its JSON has more than ${maxLength} characters`);
    return part;
  });
}
