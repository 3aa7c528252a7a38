import { createHash } from 'node:crypto';

/** Distinguishes one error group from another. */
export interface ErrorGroupKey {
  readonly group: string;
  readonly handler: string;
  readonly reason: string;
  readonly errorName: string;
  readonly errorMessage: string;
}

/** Parts of a message that differ from one occurrence to the next, most specific first. */
const occurrences: readonly (readonly [pattern: RegExp, placeholder: string])[] = [
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi, '<url>'],
  [/[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\b/gi, '<mail>'],
  // A name with dots only if it is certainly a host: `order.lines` is a part of the data.
  [
    /\b([a-z0-9_-]+\.)+(com|net|org|io|dev|app|cloud|local|internal|lan|localhost|svc|test|example|invalid|info|biz|edu|gov|eu)\b\.?/gi,
    '<host>',
  ],
  [/(?<=\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH)[ :]+)[\w.-]+/gi, '<host>'],
  [/\b[a-z][\w-]*(\.[\w-]+)+(?=:\d{2,5}\b)/gi, '<host>'],
  [/\[?\b(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{0,4}\b\]?/gi, '<host>'],
  [/(?<![\w/])(?:\/[\w.@-]+){2,}/g, '<path>'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>'],
  [/"[^"]*"|'[^']*'|`[^`]*`/g, '<text>'],
  [/\b(?=[a-z_-]*\d)[\w-]{6,}\b/gi, '<id>'],
  [/\d+([.,]\d+)*/g, '<n>'],
];

/** The same 16 characters for every dead letter of one error group, even if the messages differ in ids and times. */
export function fingerprintOf({ group, handler, reason, errorName, errorMessage }: ErrorGroupKey): string {
  let message = errorMessage.slice(0, 500);
  for (const [pattern, placeholder] of occurrences) message = message.replace(pattern, placeholder);
  const parts = [group, handler, reason, errorName, message];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
