import { defineScript } from '../connection/script.js';
import { bumpFunction } from '../statistics/count.lua.js';
import { buryRowFunction } from '../store/scheduled-retry.lua.js';

/**
 * Makes dead letters of rows that are parked for longer than allowed: no build that can read them has come.
 *
 * KEYS  ahead, rows, claims, dead index, dead letters, log, counters of the minute, of the hour, then sets of parked rows
 * ARGV  group, longest time in ms, ISO time, most rows in one step, then for each set: its name, its handler, message
 * Gives how many; the next step may find more where that is the most.
 */
export const expireParkedScript = defineScript(
  'expire-parked',
  `
${bumpFunction}
${buryRowFunction}
local ahead, rows, claims, dead, dlq, log, minute, hour = unpack(KEYS, 1, 8)
local time = redis.call('TIME')
local before = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2]))
local left, moved, ended, names_ended = tonumber(ARGV[4]), 0, {}, {}
for n = 9, #KEYS do
  local name, handler, message = ARGV[3 * n - 22], ARGV[3 * n - 21], ARGV[3 * n - 20]
  local total = redis.call('ZCARD', KEYS[n])
  local refs = left > 0 and redis.call('ZRANGE', KEYS[n], '-inf', before, 'BYSCORE', 'LIMIT', 0, left) or {}
  for _, ref in ipairs(refs) do
    local json = redis.call('HGET', rows, ref)
    if json then
      bury_row(dlq, dead, log, minute, hour, ARGV[1], handler, ref, json, 'VERSION_AHEAD', message, ARGV[3])
      moved = moved + 1
    end
    ended[#ended + 1] = ref
  end
  if #refs > 0 then redis.call('ZREM', KEYS[n], unpack(refs)) end
  left = left - #refs
  if total == #refs then names_ended[#names_ended + 1] = name end
end
-- Of each key by one call: a key that is emptied is not touched again.
if #ended > 0 then
  redis.call('HDEL', rows, unpack(ended))
  redis.call('HDEL', claims, unpack(ended))
end
if #names_ended > 0 then redis.call('HDEL', ahead, unpack(names_ended)) end
return moved
`,
);

/**
 * Removes a parked row for good.
 *
 * KEYS  set of parked rows, ahead, rows, claims, closed, log
 * ARGV  ref, name of the set, group, handler, its stream id, log detail, actor, where the actor is
 * Gives 1, or 0 when it is not parked any more.
 */
export const discardParkedScript = defineScript(
  'discard-parked',
  `
local total = redis.call('ZCARD', KEYS[1])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
if total == 1 then redis.call('HDEL', KEYS[2], ARGV[2]) end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
local ms = string.match(ARGV[1], '^(%d+)-')
if ms then redis.call('ZADD', KEYS[5], ms, 'DISCARDED ' .. ARGV[1]) end
redis.call('XADD', KEYS[6], '*', 'k', 'discarded', 'group', ARGV[3], 'handler', ARGV[4], 'stream', ARGV[5], 'd', ARGV[6], 'actor', ARGV[7], 'from', ARGV[8])
return 1
`,
);
