const date = /^(\d\d\d\d)-(\d\d)-(\d\d)$/;
const time = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i;
const looseTime = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d)(?::?(\d\d))?)?$/i;

/** `date`: full-date of RFC 3339. */
export function isDate(text: string): boolean {
  const parts = date.exec(text);
  if (parts === null) return false;
  const [year = 0, month = 0, day = 0] = parts.slice(1).map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return month >= 1 && month <= 12 && day >= 1 && day <= days;
}

/** `time`: full-time of RFC 3339. The offset is required, with its minutes. */
export function isTime(text: string): boolean {
  return isTimeOf(time.exec(text));
}

/** `date-time`: RFC 3339; a space is allowed in place of the `T`. */
export function isDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && separator.test(text.charAt(10)) && isTime(text.slice(11));
}

/** `iso-time`: like `time`, but the offset, or its minutes, may be missing. */
export function isIsoTime(text: string): boolean {
  return isTimeOf(looseTime.exec(text));
}

/** `iso-date-time`: a date and an `iso-time`. */
export function isIsoDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && separator.test(text.charAt(10)) && isIsoTime(text.slice(11));
}

/** `duration`: ISO 8601, in the form of RFC 3339, appendix A. */
export function isDuration(text: string): boolean {
  return /^P(?!$)(?:(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?|\d+W)$/.test(text);
}

const separator = /^[Tt\s]$/;

function isTimeOf(parts: RegExpExecArray | null): boolean {
  if (parts === null) return false;
  const [hour = 0, minute = 0, second = 0] = parts.slice(1, 4).map(Number);
  const [zoneHour = 0, zoneMinute = 0] = parts.slice(5).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59) return false;
  if (second < 60) return true;
  // A leap second is at the end of a day in UTC.
  const offset = (parts[4] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  return (hour * 60 + minute - offset + 2 * 1_440) % 1_440 === 1_439;
}
