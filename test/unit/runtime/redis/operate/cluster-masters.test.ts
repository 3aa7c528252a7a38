import { expect, it } from 'vitest';
import { clusterMastersIn } from '../../../../../runtime/redis/operate/cluster-masters.js';

it('reads masters with and without slots, by the address at which they are reached', () => {
  const reply = [
    'aaa 10.0.0.1:6379@16379,redis-1 myself,master - 0 0 1 connected 0-99 200 [7->-bbb]',
    'bbb 10.0.0.2:6379@16379,redis-2,shard-id=x master - 0 0 2 connected',
    'ccc fd00::3:6379@16379 master - 0 0 3 connected [7-<-aaa]',
    'ddd 10.0.0.4:6379@16379 slave aaa 0 0 1 connected',
    'eee 10.0.0.5:6379@16379 master,fail - 0 0 5 disconnected',
    'fff 10.0.0.6:6379@16379 master,fail? - 0 0 6 connected 100-199',
  ].join('\n');
  const known = [{ address: 'public-1:7001', slots: [{ from: 0, to: 99 }] }];
  expect(clusterMastersIn(`${reply}\n`, known, 'public-1:7001')).toEqual([
    { address: 'public-1:7001', host: 'public-1', port: 7001, id: 'aaa' },
    { address: 'redis-2:6379', host: 'redis-2', port: 6379, id: 'bbb' },
    { address: 'fd00::3:6379', host: 'fd00::3', port: 6379, id: 'ccc' },
    { address: '10.0.0.6:6379', host: '10.0.0.6', port: 6379, id: 'fff' },
  ]);
});

it('a node that does not know its own host is the node that was asked', () => {
  const reply = 'aaa :6379@16379 myself,master - 0 0 1 connected';
  expect(clusterMastersIn(reply, [], 'redis-1:6379')).toMatchObject([{ address: 'redis-1:6379' }]);
});
