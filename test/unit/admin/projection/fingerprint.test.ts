import { expect, it } from 'vitest';
import { fingerprintOf } from '../../../../admin/projection/fingerprint.js';

const of = (errorMessage: string, more: object = {}) =>
  fingerprintOf({ group: 'g', handler: 'h', reason: 'r', errorName: 'Error', errorMessage, ...more });

it.each([
  ['numbers', 'took 12 ms', 'took 3,000.5 ms'],
  ['ids', 'no user usr_41ZT here', 'no user usr_9K2Q here'],
  ['UUIDs', 'job 0b0e6b0e-0000-4000-8000-000000000000', 'job 1c1f7c1f-1111-4111-9111-111111111111'],
  ['times', 'at 2026-01-01T00:00:00.000Z', 'at 2026-12-31 23:59:59'],
  ['host names', 'getaddrinfo ENOTFOUND db-a.example.com', 'getaddrinfo ENOTFOUND db-b.example.com'],
  ['host names without a domain', 'connect ECONNREFUSED cache:6379', 'connect ECONNREFUSED queue:6379'],
  ['hosts with ports', 'no answer of mail-a.shop.svc:25', 'no answer of mail-b.shop.svc:25'],
  ['IPv4 addresses', 'connect ECONNREFUSED 192.0.2.10:5432', 'connect ECONNREFUSED 192.0.2.11:5433'],
  ['IPv6 addresses', 'connect ETIMEDOUT 2001:db8::1 now', 'connect ETIMEDOUT 2001:db8::2 now'],
  ['mail addresses', 'no mailbox for ada@example.com', 'no mailbox for ben.b@mail.example.org'],
  ['URLs', 'GET https://api.example.com/books/alpha?x=1 failed', 'GET https://api.example.com/books/beta failed'],
  ['paths', 'cannot read /var/data/ada.json now', 'cannot read /var/other/ben.json now'],
  ['quoted texts', 'no column "a"', 'no column "b c"'],
])('is the same for messages that differ in %s', (_what, a, b) => {
  expect(of(a)).toBe(of(b));
});

it('differs for another message, handler, group, reason and error', () => {
  const all = [of('timeout'), of('refused'), of('timeout', { handler: 'i' }), of('timeout', { group: 'f' })];
  const more = [of('timeout', { reason: 's' }), of('timeout', { errorName: 'TypeError' })];
  expect(new Set([...all, ...more]).size).toBe(6);
});

it('differs for messages about other properties of the data', () => {
  expect(of('order.lines is not iterable')).not.toBe(of('order.tags is not iterable'));
  expect(of('server refused the call')).not.toBe(of('server answered late'));
});
