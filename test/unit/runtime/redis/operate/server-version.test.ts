import { expect, it } from 'vitest';
import { serverVersionIn } from '../../../../../runtime/redis/operate/server-version.js';

it.each([
  ['redis_version:7.0.15\r\n', 'Redis', '7.0.15', false],
  ['redis_version:8.2.1\r\n', 'Redis', '8.2.1', false],
  ['redis_version:8.4.0\r\n', 'Redis', '8.4.0', true],
  ['redis_version:9.0.0\r\n', 'Redis', '9.0.0', true],
  ['redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n', 'Valkey', '8.1.1', false],
  ['redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n', 'Valkey', '9.1.2', true],
])('%j', (info, product, version, atomicMigration) => {
  expect(serverVersionIn(`# Server\r\n${info}`)).toEqual({ product, version, atomicMigration });
});
