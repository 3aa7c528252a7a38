import type { AdminOptions } from '../options.js';

/**
 * Converts the option to Fastify's form. Of `X-Forwarded-For`, only the entries that trusted proxies have written are used;
 * the entries before them, which a client may have written, are ignored.
 */
export function trustedProxies(
  trust: AdminOptions['trustProxy'],
): false | string[] | ((address: string, hop: number) => boolean) {
  if (trust === undefined || trust === false) return false;
  if (typeof trust === 'object') return [...trust];
  const proxies = Number(trust);
  // Hop 0 is the proxy that connects to the service.
  return (_address, hop) => hop < proxies;
}
