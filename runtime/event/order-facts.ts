import { orderingKeyOf } from './ordering-key.js';

/** What the order of an event depends on. */
export interface OrderFacts {
  readonly type: string;
  /** Tenant and key, in the form of `orderingKeyOf`. */
  readonly key: string;
}

/**
 * Reads the type, the tenant and the key of an envelope without decoding its JSON: entering an event into its key queue must be cheap.
 * @param json An envelope. @returns Undefined unless this SDK has written it in its usual form, without escaped characters in these fields.
 */
export function readOrderFacts(json: string): OrderFacts | undefined {
  const [, type] = /^\{"id":"[^"\\]*","type":"([\w.-]+)"/.exec(json) ?? [];
  const marker = ',"tenantId":"';
  const at = json.indexOf(marker);
  // In texts, quotes follow a backslash; the first objects within the envelope are after the tenant.
  const second = json.indexOf('{', 1);
  if (type === undefined || at < 0 || (second >= 0 && second < at)) return undefined;
  const tenant = textAt(json, at + marker.length);
  if (tenant === undefined) return undefined;
  const after = at + marker.length + tenant.length + 1;
  if (!json.startsWith(',"key":"', after)) {
    return json.indexOf('key"', after) < 0 ? { type, key: orderingKeyOf(tenant, tenant) } : undefined;
  }
  const key = textAt(json, after + ',"key":"'.length);
  return key === undefined ? undefined : { type, key: orderingKeyOf(tenant, key) };
}

/** The text from an index to the next quote; undefined if it has an escaped character. */
function textAt(json: string, from: number): string | undefined {
  const end = json.indexOf('"', from);
  if (end < 0) return undefined;
  const text = json.slice(from, end);
  return text.includes('\\') ? undefined : text;
}
