import { isCuid2 } from '../support/cuid2.js';
import { isEmail, isHostname, isIpv4, isIpv6, isUri, isUriReference, isUriTemplate, isUrl } from './addresses.js';
import { isDate, isDateTime, isDuration, isIsoDateTime, isIsoTime, isTime } from './date-time.js';

/** The check of a format, and the JSON type of the values that it applies to. */
export type FormatCheck =
  | { readonly type: 'string'; readonly validate: (text: string) => boolean }
  | { readonly type: 'number'; readonly validate: (value: number) => boolean };

/** `uuid`: RFC 4122, also as a URN. */
export function isUuid(text: string): boolean {
  return /^(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

/** `json-pointer`: RFC 6901. */
export function isJsonPointer(text: string): boolean {
  return /^(?:\/(?:[^~/]|~0|~1)*)*$/.test(text);
}

/** `json-pointer-uri-fragment`: RFC 6901, section 6. */
export function isJsonPointerFragment(text: string): boolean {
  return /^#(?:\/(?:[a-z0-9_\-.!$&'()*+,;:=@]|%[0-9a-f]{2}|~0|~1)*)*$/i.test(text);
}

/** `relative-json-pointer`. */
export function isRelativeJsonPointer(text: string): boolean {
  return /^(?:0|[1-9][0-9]*)(?:#|(?:\/(?:[^~/]|~0|~1)*)*)$/.test(text);
}

/** `regex`: a regular expression of ECMA-262. */
export function isRegex(text: string): boolean {
  try {
    return Boolean(new RegExp(text, 'u'));
  } catch {
    // Without the flag `u`, any letter may follow a backslash; letters without a meaning belong to another regex dialect.
    for (const [, escaped = ''] of text.matchAll(/\\([\s\S])/g)) {
      if (/[A-Za-z]/.test(escaped) && !'bBcdDfknprsStuvwWxP'.includes(escaped)) return false;
    }
  }
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

/** `byte`: base64. */
export function isBase64(text: string): boolean {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
}

/** `int32`: a signed integer of 32 bits. */
export function isInt32(value: number): boolean {
  return Number.isInteger(value) && value <= 2_147_483_647 && value >= -2_147_483_648;
}

/** `int64`: an integer. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value);
}

const text = (validate: (text: string) => boolean): FormatCheck => ({ type: 'string', validate });

/** The checked formats by name. Any other format is an annotation. */
export const formats: Readonly<Record<string, FormatCheck>> = {
  date: text(isDate),
  time: text(isTime),
  'date-time': text(isDateTime),
  'iso-time': text(isIsoTime),
  'iso-date-time': text(isIsoDateTime),
  duration: text(isDuration),
  email: text(isEmail),
  hostname: text(isHostname),
  ipv4: text(isIpv4),
  ipv6: text(isIpv6),
  uri: text(isUri),
  'uri-reference': text(isUriReference),
  'uri-template': text(isUriTemplate),
  url: text(isUrl),
  uuid: text(isUuid),
  cuid2: text(isCuid2),
  'json-pointer': text(isJsonPointer),
  'json-pointer-uri-fragment': text(isJsonPointerFragment),
  'relative-json-pointer': text(isRelativeJsonPointer),
  regex: text(isRegex),
  byte: text(isBase64),
  int32: { type: 'number', validate: isInt32 },
  int64: { type: 'number', validate: isInt64 },
};
