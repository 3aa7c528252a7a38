/** A time for a `datetime-local` field: in the browser's time zone, to the millisecond. */
export function localTime(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss.sss'.length);
}

/** A time of a `datetime-local` field, or any text that `Date` accepts, as ISO 8601; undefined if it is not a time. */
export function isoTime(text: string): string | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
