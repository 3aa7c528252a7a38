import { defineScript } from '../script.js';

/**
 * Takes due rows for handlers that this consumer has, by compare-and-set: a row that is taken is due again only when
 * its lease ends, so that the row of a process that dies is taken by the next. Suspect rows beyond those asked for wait
 * a second longer.
 *
 * KEYS  rows, claims, then the due set of each handler
 * ARGV  consumer, lease in ms, most rows in all, most suspect rows, from which run on a row is suspect, most bytes of rows
 *       beyond the first, then for each due set: handler, most rows of it
 * Gives {rows as (ref, claim, handler, row as JSON), 1 when more is due}.
 */
export const claimScript = defineScript(
  'claim',
  `
local rows, claims = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease_end = string.format('%.0f', now + tonumber(ARGV[2]))
local later = string.format('%.0f', now + 1000)
now = string.format('%.0f', now)
local left, suspects, suspect_from = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local room = tonumber(ARGV[6])
local taken, more = {}, 0
for n = 3, #KEYS do
  local due, handler = KEYS[n], ARGV[2 * n + 1]
  local limit = math.min(left, tonumber(ARGV[2 * n + 2]))
  local refs = limit >= 0 and redis.call('ZRANGE', due, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit + 1) or {}
  if #refs > limit then more = 1 end
  for j = 1, math.min(#refs, limit) do
    local ref = refs[j]
    local row = redis.call('HGET', rows, ref)
    if row and room <= 0 then
      more = 1
    elseif row then
      local runs = tonumber(string.match(redis.call('HGET', claims, ref) or '0|', '^%d+')) + 1
      if runs >= suspect_from and suspects == 0 then
        redis.call('ZADD', due, later, ref)
      else
        if runs >= suspect_from then suspects = suspects - 1 end
        local claim = string.format('%d|%s', runs, ARGV[1])
        redis.call('HSET', claims, ref, claim)
        redis.call('ZADD', due, lease_end, ref)
        taken[#taken + 1] = { ref, claim, handler, row }
        left = left - 1
        room = room - #row
      end
    else
      redis.call('ZREM', due, ref)
      redis.call('HDEL', claims, ref)
    end
  end
end
return { taken, more }
`,
);
