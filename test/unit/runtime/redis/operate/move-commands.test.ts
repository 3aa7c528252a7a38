import { expect, it } from 'vitest';
import { moveCommands } from '../../../../../runtime/redis/operate/move-commands.js';
import { serverVersionIn } from '../../../../../runtime/redis/operate/server-version.js';

const from = { address: 'one:1', host: 'one', port: 1, id: 'aaa' };
const to = { address: 'two:2', host: 'two', port: 2, id: 'bbb' };

it.each([
  [
    'empty',
    'redis_version:7.0.15',
    [
      'redis-cli -h two -p 2 CLUSTER SETSLOT 9 IMPORTING aaa',
      'redis-cli -h one -p 1 CLUSTER SETSLOT 9 MIGRATING bbb',
      'redis-cli -h one -p 1 CLUSTER COUNTKEYSINSLOT 9',
      'redis-cli -h two -p 2 CLUSTER SETSLOT 9 NODE bbb',
      'redis-cli -h one -p 1 CLUSTER SETSLOT 9 NODE bbb',
    ],
  ],
  [
    'atomic',
    'redis_version:8.4.0',
    ['redis-cli -h two -p 2 CLUSTER MIGRATION IMPORT 9 9', 'redis-cli -h two -p 2 CLUSTER MIGRATION STATUS ALL'],
  ],
  [
    'atomic',
    'redis_version:7.2.4\nvalkey_version:9.1.2',
    [
      'redis-cli -h one -p 1 CLUSTER MIGRATESLOTS SLOTSRANGE 9 9 NODE bbb',
      'redis-cli -h one -p 1 CLUSTER GETSLOTMIGRATIONS',
    ],
  ],
] as const)('%s, %j', (kind, info, commands) => {
  expect(moveCommands({ kind, slot: 9 }, from, to, serverVersionIn(info))).toEqual(commands);
});
