import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdminClient } from '../../../../generator/rollout/admin-client.js';
import { noVersions } from '../../../../generator/rollout/compatibility.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

let server: Server;
let url: string;
/** The answers to the next requests; the last one is repeated. */
let answers: Answer[];
let requests: IncomingMessage[];

beforeEach(async () => {
  answers = [];
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    next?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => server.close());

const json =
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const registry = { at: '2026-11-28T12:00:00.000Z', uncounted: 0 };
const part = (found: readonly object[], cursor?: string) =>
  json({ ...registry, event: noVersions('a.b'), stored: { found, cursor, scanned: found.length, total: 3 } });
const client = (token = 'secret') => new AdminClient('rollout', { admin: `${url}/ops`, token });

describe('AdminClient', () => {
  it('sends the token, below the path of the address', async () => {
    answers = [json({ ...registry, events: [] })];
    expect(await client().registry()).toMatchObject({ events: [] });
    expect(requests[0]).toMatchObject({
      url: '/ops/admin/events/versions',
      headers: { authorization: 'Bearer secret' },
    });
  });

  it('reads all parts of a scan, and reports how far it is', async () => {
    answers = [part([{ major: 1 }, { major: 2 }], 'x y'), part([{ major: 3 }])];
    const progress: number[][] = [];
    const { found } = await client().stored('a.b', (scanned, total) => progress.push([scanned, total]));
    expect(found).toEqual([{ major: 1 }, { major: 2 }, { major: 3 }]);
    expect(requests.map((request) => request.url?.split('versions')[1])).toEqual(['/a.b', '/a.b?cursor=x%20y']);
    expect(progress).toEqual([
      [2, 3],
      [1, 3],
    ]);
  });

  it('asks again after the time that a service with too many requests names', async () => {
    const tooMany = json({ code: 'RATE_LIMITED', message: 'too many' }, 429, { 'retry-after': '1' });
    answers = [tooMany, json({ ...registry, events: [] })];
    await client().registry();
    expect(requests).toHaveLength(2);
  });

  const failures: readonly (readonly [name: string, answer: Answer, message: RegExp])[] = [
    ['a page of a sign-in', (_, response) => response.end('<p>'), /does not answer like an admin service/],
    ['JSON of another service', json({ hello: 'world' }), /does not answer like an admin service/],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
      /status 302; pass the address behind/,
    ],
    [
      '401',
      json({ code: 'TOKEN_INVALID', message: 'expired' }, 401),
      /TOKEN_INVALID: expired; pass a valid token with/,
    ],
    [
      '404',
      json({ code: 'NOT_FOUND', message: 'none' }, 404),
      /NOT_FOUND: none; pass a token that is bound to no tenant/,
    ],
    ['503', json({ code: 'REDIS_UNAVAILABLE', message: 'down' }, 503), /REDIS_UNAVAILABLE: down; docs\/admin\.md/],
    ['a lost connection', (request) => request.socket.destroy(), /cannot be reached/],
  ];

  it.each(failures)('%s: ADMIN_FAILED, with what to do', async (_name, answer, message) => {
    answers = [answer];
    await expect(client().registry()).rejects.toThrow(message);
    await expect(client().registry()).rejects.toThrow('ADMIN_FAILED');
  });

  it('a scan that does not move on: ADMIN_FAILED', async () => {
    answers = [part([], 'same')];
    await expect(client().stored('a.b', () => undefined)).rejects.toThrow('ADMIN_FAILED');
  });
});
