import { AdminError, type AdminOptions, buildApp } from '@hyvve-events/admin';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAdminOptions } from '../../../admin/options.js';
import { fuzzSeed, hostile } from '../../support/hostile.js';

const secret = 'a secret that no other party knows, of 32 bytes and more';
const keys = { secret };
const hidden = 'hunter2';

describe('the options of buildApp', () => {
  it.each<[string, object | undefined, RegExp]>([
    ['none', undefined, /buildApp: the options must be an object/],
    ['no keys', {}, /buildApp: keys must be \{ secret \} or \{ jwksUrl \}, not undefined/],
    ['a misspelt option', { keys, catalogfile: 'x' }, /no option "catalogfile": did you mean "catalogFile"\?/],
    ['an option of the command', { keys, port: 4600 }, /buildApp: there is no option "port"/],
    [
      'a misspelt key',
      { keys: { secert: hidden } },
      /buildApp: keys: there is no option "secert": did you mean "secret"\?/,
    ],
    [
      'a short secret',
      { keys: { secret: hidden } },
      /buildApp: keys: secret must be text of 32 bytes or more, not the given value/,
    ],
    [
      'both keys',
      { keys: { secret, jwksUrl: 'https://id.example' } },
      /buildApp: keys: set exactly one of secret and jwksUrl/,
    ],
    ['neither key', { keys: {} }, /set exactly one of secret and jwksUrl/],
    ['keys that are text', { keys: hidden }, /keys must be \{ secret \} or \{ jwksUrl \}, not the given value/],
    [
      'an address of keys',
      { keys: { jwksUrl: 'id.example' } },
      /keys: jwksUrl must be an address that starts with http/,
    ],
    [
      'a database of another kind',
      { keys, database: { url: `mysql://u:${hidden}@db` } },
      /database: url must be .*postgres:\/\//,
    ],
    [
      'a misspelt database',
      { keys, database: { uri: `postgres://u:${hidden}@db` } },
      /database: there is no option "uri": did you mean "url"/,
    ],
    [
      'a database that is text',
      { keys, database: `postgres://u:${hidden}@db` },
      /database must be \{ folder \} or \{ url \}/,
    ],
    [
      'a negative limit',
      { keys, requestsPerMinute: -1 },
      /requestsPerMinute must be a whole number from 1 to 1000000, not -1/,
    ],
    ['a limit that is text', { keys, maxBodyBytes: '1024' }, /maxBodyBytes must be a whole number/],
    ['a level', { keys, logLevel: 'verbose' }, /logLevel must be one of 'trace'/],
    ['proxies', { keys, trustProxy: ['10.0.0.0/33'] }, /trustProxy must be true, false, the number of proxies/],
    ['a boolean that is text', { keys, publicDocs: 'false' }, /publicDocs must be true or false, not "false"/],
    ['a prefix', { keys, prefix: '{tag}' }, /prefix must be a name/],
    ['a Redis', { keys, redis: { hots: 'x' } }, /redis/],
  ])('%s: rejected as CONFIG_INVALID, and no secret is shown', async (_what, options, message) => {
    const error = await buildApp(options as AdminOptions).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AdminError);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
    expect(JSON.stringify([String(error), error])).not.toContain(hidden);
  });

  it('missing and undefined options: have their defaults', () => {
    expect(resolveAdminOptions({ keys, logLevel: undefined as never })).toEqual({
      keys,
      prefix: 'hyvve',
      database: { folder: '.hyvve-admin' },
      publicDocs: false,
      catalogFile: 'generated/catalog.json',
      asyncApiFile: 'catalog/asyncapi.yaml',
      trustProxy: false,
      requestsPerMinute: 600,
      maxBodyBytes: 4_194_304,
      eventRetentionMs: 2_592_000_000,
      unfinishedLimitMs: 300_000,
      redisTimeoutMs: 1_500,
      logLevel: 'info',
    });
    expect(resolveAdminOptions({ keys, trustProxy: ['loopback', '10.0.0.0/8', '::1'] }).trustProxy).toHaveLength(3);
  });

  it('hostile values: are resolved or refused with CONFIG_INVALID', () => {
    const names = Object.keys(resolveAdminOptions({ keys }));
    fc.assert(
      fc.property(hostile, fc.constantFrom(...names), (make, name) => {
        for (const options of [make(), { keys, [name]: make() }, { keys: { secret: make() } }]) {
          try {
            expect(resolveAdminOptions(options as never)).toBeDefined();
          } catch (error) {
            expect((error as AdminError).code).toBe('CONFIG_INVALID');
          }
        }
      }),
      { seed: fuzzSeed, numRuns: 500 },
    );
  });
});
