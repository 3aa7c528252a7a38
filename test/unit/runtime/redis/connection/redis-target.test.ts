import { createEventBus, createEventOperator, EventBusError, type RedisTarget } from '@hyvve-events/runtime';
import fc from 'fast-check';
import { Cluster, Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveTarget } from '../../../../../runtime/redis/connection/redis-target.js';

const resolve = (given: unknown) => resolveTarget('createEventBus', given);
const localhost = { server: { host: '127.0.0.1', port: 6379 }, database: 0 };

afterEach(() => vi.unstubAllEnvs());

describe('resolveTarget', () => {
  it.each<[string, RedisTarget | undefined, object]>([
    ['a URL', 'redis://redis.example', { server: { host: 'redis.example', port: 6379 }, database: 0 }],
    [
      'a URL with all parts',
      'rediss://ann:p%40ss@db.example:6400/3',
      {
        server: { host: 'db.example', port: 6400 },
        database: 3,
        username: 'ann',
        password: 'p@ss',
        tls: {},
      },
    ],
    [
      'a URL with only a password',
      'redis://:secret@[::1]:6379/',
      {
        server: { host: '::1', port: 6379 },
        database: 0,
        password: 'secret',
      },
    ],
    ['a port', { port: 6400 }, { server: { host: '127.0.0.1', port: 6400 }, database: 0 }],
    ['a host', { host: 'db', tls: true }, { server: { host: 'db', port: 6379 }, database: 0, tls: {} }],
    ['no TLS', { host: 'db', tls: false }, { server: { host: 'db', port: 6379 }, database: 0 }],
    [
      'options of TLS',
      { host: 'db', tls: { servername: 'x' } },
      {
        server: { host: 'db', port: 6379 },
        database: 0,
        tls: { servername: 'x' },
      },
    ],
    ['a socket', { path: '/run/redis.sock', database: 2 }, { server: { path: '/run/redis.sock' }, database: 2 }],
    [
      'Sentinels',
      { sentinels: [{ host: 'a' }, { host: 'b', port: 5000 }], name: 'main', password: 'x', sentinelPassword: 'y' },
      {
        server: undefined,
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 5000 },
        ],
        name: 'main',
        database: 0,
        password: 'x',
        sentinelPassword: 'y',
      },
    ],
    [
      'a cluster',
      {
        nodes: ['rediss://ann:x@a:7000', { host: 'b' }],
        options: { password: 'y' },
        natMap: { '10.0.0.1:6379': { host: 'c', port: 1 } },
      },
      {
        server: undefined,
        cluster: {
          nodes: [
            { host: 'a', port: 7000 },
            { host: 'b', port: 6379 },
          ],
          natMap: new Map([['10.0.0.1:6379', { host: 'c', port: 1 }]]),
        },
        database: 0,
        username: 'ann',
        password: 'y',
        tls: {},
      },
    ],
    ['no value', undefined, localhost],
  ])('%s is accepted', (_, given, expected) => {
    vi.stubEnv('REDIS_URL', '');
    expect(resolve(given)).toEqual(expected);
  });

  it('default: the environment variable REDIS_URL', () => {
    vi.stubEnv('REDIS_URL', 'redis://other:7000/1');
    expect(resolve(undefined)).toEqual({ server: { host: 'other', port: 7000 }, database: 1 });
    vi.stubEnv('REDIS_URL', 'postgres://user:hunter2@db');
    expect(() => resolve(undefined)).toThrow(/REDIS_URL.*postgres:/);
  });

  const client = new Redis({ lazyConnect: true });
  const cluster = new Cluster([], { lazyConnect: true });
  class Mine {
    readonly host = 'db';
  }
  it.each<[string, unknown, RegExp]>([
    ['an ioredis client', client, /not an instance of/],
    ['an ioredis Cluster', cluster, /not an instance of/],
    ['an instance of a class', new Mine(), /not an instance of Mine/],
    ['a node without a protocol', { nodes: ['a:1'] }, /redis.nodes\[0\].*begins with a:/],
    ['no node', { nodes: [] }, /at least one node/],
    ['a node that is no address', { nodes: [7] }, /redis.nodes\[0\] must be { host, port }/],
    ['a cluster with a database in a URL', { nodes: ['redis://a/3'] }, /database 3.*only database 0/],
    ['a cluster with a database', { nodes: ['redis://a'], options: { database: 2 } }, /database 2.*only database 0/],
    ['URLs with two passwords', { nodes: ['redis://:hunter2@a', 'redis://:x@b'] }, /one user and one password/],
    ['a cluster with another option', { nodes: ['redis://a'], password: 'x' }, /no option "password": it has nodes/],
    ['a cluster with an unknown access', { nodes: ['redis://a'], options: { db: 0 } }, /redis.options.*"db"/],
    ['a natMap without a port', { nodes: ['redis://a'], natMap: { 'a:1': { host: 1 } } }, /redis.natMap\["a:1"\].host/],
    ['{ startupNodes }', { startupNodes: ['a:1'] }, /"startupNodes": a Redis Cluster is/],
    ['an array', [{ host: 'a', port: 1 }], /not an array.*Cluster/],
    ['{ url }', { url: 'redis://db' }, /no option "url": pass the URL itself/],
    ['{ db }', { host: 'db', db: 3 }, /no option "db": it is called database/],
    ['an unknown option', { host: 'db', familly: 6 }, /no option "familly"/],
    ['a number', 6379, /not a number/],
    ['a function', () => 'redis://db', /not a function/],
    ['null', null, /not null/],
    ['true', true, /not a boolean/],
    ['an empty string', '', /empty string/],
    ['an empty object', {}, /does not name a server/],
    ['a host and port as text', 'db:6379', /begins with db:/],
    ['a bare name', 'db', /not a valid URL/],
    ['http://', 'http://db', /begins with http:/],
    ['a path', '/run/redis.sock', /not a valid URL/],
    ['a URL without a host', 'redis:///1', /without a host/],
    ['a URL with a name for a database', 'redis://db/abc', /number of a database.*abc/],
    ['a URL with a parameter', 'redis://db?family=6', /\?family/],
    ['a password that is not encoded', 'redis://:%zz@db', /not percent-encoded/],
    ['a negative database', { host: 'db', database: -1 }, /redis.database must be a whole number/],
    ['a port out of range', { port: 65_536 }, /redis.port/],
    ['a host that is a number', { host: 1 }, /redis.host must be a non-empty string/],
    ['a path and a host', { path: '/x', host: 'db' }, /set only one of them/],
    ['Sentinels without a name', { sentinels: [{ host: 'a' }] }, /redis.name/],
    ['no Sentinel', { sentinels: [], name: 'main' }, /at least one/],
    ['a name without Sentinels', { name: 'main' }, /at least one/],
    ['a Sentinel without a host', { sentinels: [{ port: 1 }], name: 'main' }, /redis.sentinels\[0\].host/],
    ['Sentinels and a host', { sentinels: [{ host: 'a' }], name: 'main', host: 'db' }, /no option "host"/],
    [
      'a getter that throws',
      Object.defineProperty({}, 'host', {
        enumerable: true,
        get: () => {
          throw new Error('no');
        },
      }),
      /cannot be read/,
    ],
  ])('%s is refused with its name, by the bus and the operator', (_, given, message) => {
    const invalid = { code: 'CONFIG_INVALID' };
    for (const create of [
      () => createEventBus({ service: 'billing', redis: given as RedisTarget }),
      () => createEventOperator({ redis: given as RedisTarget }),
    ]) {
      let thrown: unknown;
      try {
        create();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject(invalid);
      expect(String(thrown)).toMatch(message);
    }
  });

  it('any other value is refused with CONFIG_INVALID, and no password is shown', () => {
    const seed = Number(process.env.FUZZ_SEED ?? 13);
    const hostile = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withSparseArray: true });
    const options = fc.dictionary(
      fc.constantFrom('host', 'port', 'path', 'database', 'username', 'password', 'tls', 'sentinels', 'name', 'nodes'),
      fc.oneof(fc.anything(), fc.string(), fc.integer(), fc.boolean(), fc.array(fc.object())),
    );
    fc.assert(
      fc.property(fc.oneof(hostile, options, fc.webUrl(), fc.string()), (given) => {
        try {
          const { server, sentinels, cluster: nodes } = resolve(given);
          expect(server ?? sentinels ?? nodes).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(EventBusError);
          expect((error as EventBusError).code).toBe('CONFIG_INVALID');
        }
      }),
      { seed, numRuns: Number(process.env.FUZZ_RUNS ?? 2_000) },
    );
    expect(() => resolve('mysql://user:hunter2@db')).toThrow(expect.not.stringContaining('hunter2'));
    expect(() => resolve('redis://user:hunter2@db/x')).toThrow(expect.not.stringContaining('hunter2'));
  });
});
