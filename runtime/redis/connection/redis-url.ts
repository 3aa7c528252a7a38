import type { ResolvedUrl } from './resolved-target.js';
import { type Refuse, targetForms } from './target-checks.js';

/** Reads a `redis://` or `rediss://` URL. @param what Name of the option for errors. */
export function fromUrl(given: string, refuse: Refuse, what = 'redis'): ResolvedUrl {
  if (given === '') return refuse(`${what} is an empty string: it must be ${targetForms}`);
  // An invalid URL is not shown: it may contain a password.
  if (!URL.canParse(given)) return refuse(`${what} is not a valid URL: it must be ${targetForms}`);
  const url = new URL(given);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    return refuse(`${what} is a URL that begins with ${url.protocol}, and must be ${targetForms}`);
  }
  if (url.hostname === '') return refuse(`${what} is a URL without a host: write redis://<host>:<port>`);
  const unknown = [...url.searchParams.keys()];
  if (unknown.length > 0) return refuse(`${what} is a URL with ?${unknown[0]}, which is not supported`);
  const path = url.pathname.replace(/^\//, '');
  if (!/^\d{0,9}$/.test(path)) {
    return refuse(
      `${what} is a URL whose path is the number of a database, as in redis://<host>:<port>/0, not ${path}`,
    );
  }
  const part = (name: string, value: string) => {
    try {
      return decodeURIComponent(value);
    } catch {
      return refuse(`${what} is a URL whose ${name} is not percent-encoded correctly`);
    }
  };
  return {
    server: { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 6379 : Number(url.port) },
    database: Number(path),
    ...(url.username === '' ? {} : { username: part('username', url.username) }),
    ...(url.password === '' ? {} : { password: part('password', url.password) }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
