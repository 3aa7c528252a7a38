import { describe } from 'vitest';
import { redisServers } from '../../scripts/redis-server.js';
import { useRedis } from '../support/redis/redis.js';
import { describeAdapters } from './adapters.js';
import { describeContract } from './contract.js';
import { describeInterceptors } from './interceptors.js';
import { describeKeyOrder } from './key-order.js';
import { describeOlderVersions } from './older-versions.js';
import { describeOrderingKeys } from './ordering-keys.js';
import { redisHarness } from './redis-harness.js';

// Redis, and Valkey if it is installed.
describe.each(redisServers())('%s', (command) => {
  const server = useRedis([], command);
  describeContract('the bus on it', () => redisHarness(server.url));
  describeInterceptors('on it', () => redisHarness(server.url));
  describeAdapters('on it', () => redisHarness(server.url));
  describeOlderVersions('on it', () => redisHarness(server.url));
  describeOrderingKeys('on it', () => redisHarness(server.url));
  describeKeyOrder('on it', () => redisHarness(server.url));
});
