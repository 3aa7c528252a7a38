import { defineScript } from '../script.js';

/**
 * Takes a dead letter back to life: removes it, and makes a row due now for each handler named. Who comes second finds
 * it gone and is told.
 *
 * KEYS  dead letters, log, rows, claims, dead index
 * ARGV  id of the dead letter, its ref, group, its stream id, log kind, log detail, actor, prefix of the due sets,
 *       then for each row: ref, handler, row as JSON
 * Gives 1, or 0 when it was gone.
 */
export const reviveScript = defineScript(
  'revive',
  `
local dlq, log, rows, claims, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
if redis.call('XDEL', dlq, ARGV[1]) == 0 then return 0 end
if redis.call('HGET', dead, ARGV[2]) == ARGV[1] then redis.call('HDEL', dead, ARGV[2]) end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 9, #ARGV, 3 do
  redis.call('HSET', rows, ARGV[i], ARGV[i + 2])
  redis.call('HDEL', claims, ARGV[i])
  redis.call('ZADD', ARGV[8] .. ARGV[i + 1], now, ARGV[i])
  redis.call('XADD', log, '*', 'k', ARGV[5], 'group', ARGV[3], 'handler', ARGV[i + 1], 'stream', ARGV[4], 'd', ARGV[6], 'dlq', ARGV[1], 'actor', ARGV[7])
end
return 1
`,
);

/**
 * Removes a dead letter for good.
 *
 * KEYS  dead letters, log, dead index
 * ARGV  id of the dead letter, its ref, group, handler, its stream id, log detail, actor
 * Gives 1, or 0 when it was gone.
 */
export const discardScript = defineScript(
  'discard',
  `
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[3], ARGV[2]) == ARGV[1] then redis.call('HDEL', KEYS[3], ARGV[2]) end
redis.call('XADD', KEYS[2], '*', 'k', 'discarded', 'group', ARGV[3], 'handler', ARGV[4], 'stream', ARGV[5], 'd', ARGV[6], 'dlq', ARGV[1], 'actor', ARGV[7])
return 1
`,
);

/**
 * Retires a group: what it has not finished no longer holds the stream back, and goes with its retention.
 *
 * KEYS  group's state, groups, log;  ARGV  group, actor
 * Gives 1, or 0 when there is no such group or it is retired already.
 */
export const retireGroupScript = defineScript(
  'retire-group',
  `
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'retiredAt') == 1 then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'retiredAt', string.format('%.0f', time[1] * 1000))
redis.call('XADD', KEYS[3], '*', 'k', 'retired', 'group', ARGV[1], 'handler', '*', 'stream', '0-0', 'd', '{}', 'actor', ARGV[2])
return 1
`,
);
