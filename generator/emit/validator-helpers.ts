import { fullFormats } from '../ajv.js';

/** What compiled validators need at run time, as the text of JavaScript that goes into their module. */
export const validatorHelpers: Readonly<Record<string, string>> = {
  guard: `const strict = { tolerant: false };
const lenient = { tolerant: true };
function guard(check) {
  const validate = (data, tolerant = false) => {
    let valid = check.call(tolerant ? lenient : strict, data);
    const { errors } = check;
    // What is valid stays valid to a tolerant reader, also where letting more pass makes a choice ambiguous.
    if (!valid && tolerant) valid = check.call(strict, data);
    validate.errors = valid ? null : errors;
    return valid;
  };
  validate.errors = null;
  return validate;
}`,
  guardNewest: `const strict = { tolerant: false };
const lenient = { tolerant: true };
function guard(check) {
  const run = (tolerant, data) => {
    const valid = check.call(tolerant ? lenient : strict, data);
    const errors = valid ? [] : check.errors;
    // What no part of the schema speaks of passes a tolerant reader.
    return tolerant ? errors.filter(({ keyword }) => keyword !== 'unevaluatedProperties') : errors;
  };
  const validate = (data, tolerant = false) => {
    const errors = run(tolerant, data);
    const valid = errors.length === 0 || (tolerant && run(false, data).length === 0);
    validate.errors = valid ? null : errors;
    return valid;
  };
  validate.errors = null;
  return validate;
}`,
  ucs2length: `function ucs2length(text) {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}`,
  equal: `function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a !== a && b !== b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}`,
  isDate: `function isDate(text) {
  const parts = /^(\\d\\d\\d\\d)-(\\d\\d)-(\\d\\d)$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = parts.slice(1).map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return month >= 1 && month <= 12 && day >= 1 && day <= days;
}`,
  isTime: `function isTime(text, zoned = true) {
  const parts = /^(\\d\\d):(\\d\\d):(\\d\\d(?:\\.\\d+)?)(z|([+-])(\\d\\d)(?::?(\\d\\d))?)?$/i.exec(text);
  if (parts === null || (zoned && parts[4] === undefined)) return false;
  const [hour, minute, second] = parts.slice(1, 4).map(Number);
  const [zoneHour, zoneMinute] = parts.slice(6).map((part) => Number(part ?? 0));
  if (zoneHour > 23 || zoneMinute > 59) return false;
  if (hour <= 23 && minute <= 59 && second < 60) return true;
  // A leap second comes at the end of a day in UTC.
  const sign = parts[5] === '-' ? -1 : 1;
  const utcMinute = minute - zoneMinute * sign;
  const utcHour = hour - zoneHour * sign - (utcMinute < 0 ? 1 : 0);
  return (utcHour === 23 || utcHour === -1) && (utcMinute === 59 || utcMinute === -1) && second < 61;
}`,
  isDateTime: `function isDateTime(text, zoned = true) {
  const parts = text.split(/t|\\s/i);
  return parts.length === 2 && isDate(parts[0]) && isTime(parts[1], zoned);
}`,
  isRegex: `function isRegex(text) {
  if (/[^\\\\]\\\\Z/.test(text)) return false;
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}`,
};

/** The formats that are more than a regular expression, as expressions, with the helpers that each needs. */
export const formatHelpers: Readonly<Record<string, { readonly code: string; readonly needs: readonly string[] }>> = {
  date: { code: '{ validate: isDate }', needs: ['isDate'] },
  time: { code: '{ validate: isTime }', needs: ['isTime'] },
  'date-time': { code: '{ validate: isDateTime }', needs: ['isDate', 'isTime', 'isDateTime'] },
  'iso-time': { code: '{ validate: (text) => isTime(text, false) }', needs: ['isTime'] },
  'iso-date-time': {
    code: '{ validate: (text) => isDateTime(text, false) }',
    needs: ['isDate', 'isTime', 'isDateTime'],
  },
  byte: {
    code: '(text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/m.test(text)',
    needs: [],
  },
  uri: {
    // A reference with a scheme and something after it.
    code: `(text) => /^[a-z][a-z0-9+.-]*:[^?#]/i.test(text) && ${String(fullFormats['uri-reference'])}.test(text)`,
    needs: [],
  },
  regex: { code: 'isRegex', needs: ['isRegex'] },
  int32: {
    code: '{ validate: (value) => Number.isInteger(value) && value <= 2147483647 && value >= -2147483648 }',
    needs: [],
  },
  int64: { code: '{ validate: Number.isInteger }', needs: [] },
  float: { code: '{ validate: () => true }', needs: [] },
  double: { code: '{ validate: () => true }', needs: [] },
};
