/** A moment as `datetime-local` takes it: in the browser's time zone, to the millisecond. */
export function localTime(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss.sss'.length);
}

/** A moment of `datetime-local`, or any that a date is made of, as ISO 8601; undefined where it is none. */
export function isoTime(text: string): string | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
