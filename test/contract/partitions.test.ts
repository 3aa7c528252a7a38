import { describe } from 'vitest';
import { useRedis } from '../support/redis/redis.js';
import { describeContract } from './contract.js';
import { describeKeyOrder } from './key-order.js';
import { describeOlderVersions } from './older-versions.js';
import { describeOrderingKeys } from './ordering-keys.js';
import { redisHarness } from './redis-harness.js';

describe('4 partitions on one Redis', () => {
  const server = useRedis();
  const harness = () => redisHarness(server.url, server.url, 4);
  describeContract('the bus on it', harness);
  describeOlderVersions('on it', harness);
  describeOrderingKeys('on it', harness);
  describeKeyOrder('on it', harness);
});
