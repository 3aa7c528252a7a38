import { defineScript } from '../connection/script.js';

/**
 * Takes a dead letter back to life: removes it, and makes a row due now for each handler named. Who comes second finds
 * it gone and is told.
 *
 * KEYS  dead letters, log, rows, claims, dead index, the group's handlers, closed, then the due set of each row's handler
 * ARGV  id of the dead letter, its ref, group, its stream id, log kind, log detail, actor, where the actor is ('' when
 *       unknown), then for each row: ref, handler, row as JSON
 * Gives 1, 0 when it was gone, or -1 when the group has no such handler any more: nothing was done then.
 */
export const reviveScript = defineScript(
  'revive',
  `
local dlq, log, rows, claims, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
for i = 10, #ARGV, 3 do
  if redis.call('HEXISTS', KEYS[6], ARGV[i]) == 0 then return -1 end
end
if redis.call('XDEL', dlq, ARGV[1]) == 0 then return 0 end
if redis.call('HGET', dead, ARGV[2]) == ARGV[1] then redis.call('HDEL', dead, ARGV[2]) end
-- An edited event's own delivery ends here: another event takes its place.
local ms = ARGV[5] == 'edited' and string.match(ARGV[2], '^(%d+)-')
if ms then redis.call('ZADD', KEYS[7], ms, 'DISCARDED ' .. ARGV[2]) end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 9, #ARGV, 3 do
  redis.call('HSET', rows, ARGV[i], ARGV[i + 2])
  redis.call('HDEL', claims, ARGV[i])
  redis.call('ZADD', KEYS[8 + (i - 9) / 3], now, ARGV[i])
  redis.call('XADD', log, '*', 'k', ARGV[5], 'group', ARGV[3], 'handler', ARGV[i + 1], 'stream', ARGV[4], 'd', ARGV[6], 'dlq', ARGV[1], 'actor', ARGV[7], 'from', ARGV[8])
end
return 1
`,
);

/**
 * Removes a dead letter for good.
 *
 * KEYS  dead letters, log, dead index, closed
 * ARGV  id of the dead letter, its ref, group, handler, its stream id, log detail, actor, where the actor is
 * Gives 1, or 0 when it was gone.
 */
export const discardScript = defineScript(
  'discard',
  `
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[3], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[3], ARGV[2]) end
local ms = string.match(ARGV[2], '^(%d+)-')
if ms then redis.call('ZADD', KEYS[4], ms, 'DISCARDED ' .. ARGV[2]) end
redis.call('XADD', KEYS[2], '*', 'k', 'discarded', 'group', ARGV[3], 'handler', ARGV[4], 'stream', ARGV[5], 'd', ARGV[6], 'dlq', ARGV[1], 'actor', ARGV[7], 'from', ARGV[8])
return 1
`,
);

/**
 * Retires a group: what it has not finished no longer holds the stream back, and goes with its retention.
 *
 * KEYS  group's state, groups, log;  ARGV  group, actor, where the actor is
 * Gives 1, or 0 when there is no such group or it is retired already.
 */
export const retireGroupScript = defineScript(
  'retire-group',
  `
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'retiredAt') == 1 then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'retiredAt', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('XADD', KEYS[3], '*', 'k', 'retired', 'group', ARGV[1], 'handler', '*', 'stream', '0-0', 'd', '{}', 'actor', ARGV[2], 'from', ARGV[3])
return 1
`,
);
