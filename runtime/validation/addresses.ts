import { isALabel } from './domain-labels.js';

/** `email`: an address of ASCII characters without quotes. */
export function isEmail(text: string): boolean {
  return email.test(text);
}

const email =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

/** `hostname`: RFC 1123, section 2.1; internationalised labels in their ASCII form, which must be valid (RFC 5891). */
export function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isHostLabel);
}

function isHostLabel(label: string): boolean {
  if (label.length > 63 || !/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label)) return false;
  return label.slice(0, 4).toLowerCase() !== 'xn--' || isALabel(label);
}

/** `ipv4`: four numbers without leading zeros. */
export function isIpv4(text: string): boolean {
  return ipv4.test(text);
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** `ipv6`: RFC 4291, section 2.2; without a zone. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === '') continue;
    const parts = half.split(':');
    const last = parts.at(-1) ?? '';
    const endsInIpv4 = index === halves.length - 1 && last.includes('.');
    if (endsInIpv4 && !isIpv4(last)) return false;
    const plain = endsInIpv4 ? parts.slice(0, -1) : parts;
    if (!plain.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return false;
    groups += plain.length + (endsInIpv4 ? 2 : 0);
  }
  return halves.length === 2 ? groups <= 7 : groups === 8;
}

const pchar = "(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})";
const reference = new RegExp(
  '^(?<scheme>[A-Za-z][A-Za-z0-9+.\\-]*:)?' +
    "(?://(?:(?:[A-Za-z0-9\\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?" +
    "(?:\\[(?<literal>[0-9A-Za-z:.]+)\\]|\\[[Vv][0-9A-Fa-f]+\\.[A-Za-z0-9\\-._~!$&'()*+,;=:]+\\]" +
    "|(?:[A-Za-z0-9\\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::\\d*)?(?=[/?#]|$)|(?!//))" +
    `(?<path>(?:${pchar}|/)*)(?:\\?(?:${pchar}|[/?])*)?(?:#(?:${pchar}|[/?])*)?$`,
);

/** `uri-reference`: RFC 3986, section 4.1. */
export function isUriReference(text: string): boolean {
  const parts = reference.exec(text)?.groups;
  if (parts === undefined) return false;
  const { scheme, literal, path = '' } = parts;
  if (literal !== undefined && !isIpv6(literal)) return false;
  // The first segment of a relative path would be read as a scheme.
  return scheme !== undefined || !/^[^/]*:/.test(path);
}

/** `uri`: RFC 3986 with a scheme, and something after it. */
export function isUri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:[^?#]/.test(text) && isUriReference(text);
}

/** `url`: an http, https or ftp URL whose host is not a private or loopback address. */
export function isUrl(text: string): boolean {
  return url.test(text);
}

const word = '[a-z0-9\\u{00a1}-\\u{ffff}]';
const url = new RegExp(
  '^(?:https?|ftp)://(?:[^\\s@/?#]+@)?' +
    '(?:(?!(?:10|127)(?:\\.\\d{1,3}){3})(?!(?:169\\.254|192\\.168)(?:\\.\\d{1,3}){2})' +
    '(?!172\\.(?:1[6-9]|2\\d|3[0-1])(?:\\.\\d{1,3}){2})' +
    '(?:[1-9]\\d?|1\\d\\d|2[01]\\d|22[0-3])(?:\\.(?:1?\\d{1,2}|2[0-4]\\d|25[0-5])){2}' +
    '(?:\\.(?:[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-4]))' +
    `|(?:${word}+-)*${word}+(?:\\.(?:${word}+-)*${word}+)*\\.[a-z\\u{00a1}-\\u{ffff}]{2,})` +
    '(?::\\d{2,5})?(?:/[^\\s]*)?$',
  'iu',
);

/** `uri-template`: RFC 6570 with its errata. */
export function isUriTemplate(text: string): boolean {
  return uriTemplate.test(text);
}

const varname = '(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})+(?:\\.(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})+)*';
const varspec = `${varname}(?::[1-9]\\d{0,3}|\\*)?`;
const uriTemplate = new RegExp(
  '^(?:[^\\u0000-\\u0020\\u007f-\\u009f"<>%\\\\^`{|}]|%[0-9A-Fa-f]{2}' +
    `|\\{[+#./;?&=,!@|]?${varspec}(?:,${varspec})*\\})*$`,
  'u',
);
