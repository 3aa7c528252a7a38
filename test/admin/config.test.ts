import { ConfigError, readConfig } from '@hyvve-events/admin';
import { describe, expect, it } from 'vitest';

const secret = 'x'.repeat(32);

describe('the configuration', () => {
  it('needs keys and nothing else', () => {
    expect(readConfig({ ADMIN_JWT_SECRET: secret })).toMatchObject({
      ...{ host: '127.0.0.1', port: 4600, keys: { secret }, database: { folder: '.hyvve-admin' }, publicDocs: false },
    });
    expect(readConfig({ ADMIN_JWKS_URL: 'https://id.example/keys' }).keys).toEqual({
      jwksUrl: 'https://id.example/keys',
    });
    expect(readConfig({ ADMIN_JWT_SECRET: secret, DATABASE_URL: 'postgres://db/x' }).database).toEqual({
      url: 'postgres://db/x',
    });
  });

  it('has no default for them', () => {
    expect(() => readConfig({})).toThrow(/ADMIN_JWT_SECRET or ADMIN_JWKS_URL must be set/);
    expect(() => readConfig({ ADMIN_JWT_SECRET: '' })).toThrow(ConfigError);
    expect(() => readConfig({ ADMIN_JWT_SECRET: 'short' })).toThrow(/has 5 bytes: it must have 32/);
    expect(() => readConfig({ ADMIN_JWT_SECRET: secret, ADMIN_JWKS_URL: 'https://x' })).toThrow(/choose one/);
  });

  it('tells everything that is wrong at once, and no password', () => {
    const wrong = {
      ...{
        ADMIN_PORT: '99999',
        ADMIN_JWKS_URL: 'ftp://x',
        DATABASE_URL: 'mysql://user:hunter2@db',
        REDIS_URL: 'hunter2',
      },
      ...{ ADMIN_CATALOG: 'none.json', ADMIN_ASYNCAPI: 'none.yaml', ADMIN_PUBLIC_DOCS: 'yes', ADMIN_LOG_LEVEL: 'loud' },
      ...{ ADMIN_REQUESTS_PER_MINUTE: '1.5', ADMIN_MAX_BODY_BYTES: '-1' },
    };
    let error: unknown;
    try {
      readConfig(wrong);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const { problems } = error as ConfigError;
    for (const name of Object.keys(wrong))
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    expect(problems).toHaveLength(Object.keys(wrong).length);
    expect(problems.join()).not.toContain('hunter2');
  });
});
