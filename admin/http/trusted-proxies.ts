import type { AdminOptions } from '../options.js';

/**
 * The proxies whose `X-Forwarded-For` is believed, as Fastify takes them. Only entries that these proxies wrote count: what a
 * client writes in front of them never does.
 */
export function trustedProxies(
  trust: AdminOptions['trustProxy'],
): false | string[] | ((address: string, hop: number) => boolean) {
  if (trust === undefined || trust === false) return false;
  if (typeof trust === 'object') return [...trust];
  const proxies = Number(trust);
  // The hop that connects to the service is the first.
  return (_address, hop) => hop < proxies;
}
