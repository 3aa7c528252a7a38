import { ConfigError, readConfig } from '@hyvve-events/admin';
import { describe, expect, it } from 'vitest';

const secret = 'x'.repeat(32);

describe('readConfig', () => {
  it('only keys are set: everything else has a default', () => {
    expect(readConfig({ ADMIN_JWT_SECRET: secret })).toMatchObject({
      host: '127.0.0.1',
      port: 4600,
      options: { keys: { secret }, database: { folder: '.hyvve-admin' }, publicDocs: false },
    });
    expect(readConfig({ ADMIN_JWKS_URL: 'https://id.example/keys' }).options.keys).toEqual({
      jwksUrl: 'https://id.example/keys',
    });
    expect(readConfig({ ADMIN_JWT_SECRET: secret, DATABASE_URL: 'postgres://db/x' }).options.database).toEqual({
      url: 'postgres://db/x',
    });
  });

  it('keys are missing, too short, or set twice: ConfigError', () => {
    expect(() => readConfig({})).toThrow(/ADMIN_JWT_SECRET or ADMIN_JWKS_URL must be set/);
    expect(() => readConfig({ ADMIN_JWT_SECRET: '' })).toThrow(ConfigError);
    expect(() => readConfig({ ADMIN_JWT_SECRET: 'short' })).toThrow(/has 5 bytes: it must have at least 32/);
    expect(() => readConfig({ ADMIN_JWT_SECRET: secret, ADMIN_JWKS_URL: 'https://x' })).toThrow(/choose one/);
  });

  it('REDIS_SENTINELS: replaces REDIS_URL; an invalid list is refused without its passwords', () => {
    const sentinels = {
      ADMIN_JWT_SECRET: secret,
      REDIS_SENTINELS: 'a:5000, b,[::1]:26380',
      REDIS_SENTINEL_NAME: 'main',
    };
    expect(readConfig(sentinels).options.redis).toEqual({
      sentinels: [
        { host: 'a', port: 5000 },
        { host: 'b', port: 26_379 },
        { host: '::1', port: 26_380 },
      ],
      name: 'main',
      database: 0,
      tls: false,
      sentinelTls: false,
    });
    const access = {
      REDIS_USERNAME: 'u',
      REDIS_PASSWORD: 'p',
      REDIS_DATABASE: '2',
      REDIS_TLS: 'true',
      REDIS_SENTINEL_USERNAME: 'su',
      REDIS_SENTINEL_PASSWORD: 'sp',
      REDIS_SENTINEL_TLS: 'true',
    };
    expect(readConfig({ ...sentinels, ...access }).options.redis).toMatchObject({
      username: 'u',
      password: 'p',
      database: 2,
      tls: true,
      sentinelUsername: 'su',
      sentinelPassword: 'sp',
      sentinelTls: true,
    });
    expect(readConfig({ ADMIN_JWT_SECRET: secret, REDIS_URL: 'redis://db' }).options.redis).toBe('redis://db');
    expect(readConfig({ ADMIN_JWT_SECRET: secret }).options.redis).toBeUndefined();
    expect(() => readConfig({ ...sentinels, REDIS_SENTINEL_NAME: '' })).toThrow(/REDIS_SENTINEL_NAME must be set/);
    expect(() => readConfig({ ...sentinels, REDIS_URL: 'redis://db' })).toThrow(/both set: choose one/);
    for (const list of ['a:b', 'a:99999', 'redis://:hunter2@a', 'a,,b']) {
      expect(() => readConfig({ ...sentinels, REDIS_SENTINELS: list })).toThrow(
        /REDIS_SENTINELS must be <host>:<port>/,
      );
      expect(() => readConfig({ ...sentinels, REDIS_SENTINELS: list })).toThrow(expect.not.stringContaining('hunter2'));
    }
  });

  it('REDIS_NODES: the nodes of a cluster, in place of REDIS_URL and REDIS_SENTINELS', () => {
    const nodes = { ADMIN_JWT_SECRET: secret, REDIS_NODES: 'a, b:7000' };
    const list = [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
    ];
    expect(readConfig(nodes).options.redis).toEqual({ nodes: list, options: { tls: false } });
    const access = { REDIS_USERNAME: 'ann', REDIS_PASSWORD: 'x', REDIS_TLS: 'true' };
    expect(readConfig({ ...nodes, ...access }).options.redis).toEqual({
      nodes: list,
      options: { tls: true, username: 'ann', password: 'x' },
    });
    expect(() => readConfig({ ...nodes, REDIS_URL: 'redis://db' })).toThrow(/REDIS_URL and REDIS_NODES are both set/);
    expect(() => readConfig({ ...nodes, REDIS_SENTINELS: 'a' })).toThrow(/REDIS_SENTINELS and REDIS_NODES/);
    expect(() => readConfig({ ...nodes, REDIS_DATABASE: '1' })).toThrow(/REDIS_DATABASE must be 0/);
    expect(() => readConfig({ ...nodes, REDIS_NODES: 'a:b' })).toThrow(/REDIS_NODES must be <host>:<port>/);
  });

  it('invalid variables: one problem for each, and no password', () => {
    const wrong = {
      ADMIN_PORT: '99999',
      ADMIN_JWKS_URL: 'ftp://x',
      DATABASE_URL: 'mysql://user:hunter2@db',
      REDIS_URL: 'hunter2',
      ADMIN_CATALOG: 'none.json',
      ADMIN_ASYNCAPI: 'none.yaml',
      ADMIN_PUBLIC_DOCS: 'yes',
      ADMIN_LOG_LEVEL: 'loud',
      ADMIN_REQUESTS_PER_MINUTE: '1.5',
      ADMIN_MAX_BODY_BYTES: '-1',
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
