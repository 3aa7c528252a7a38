import { defineScript } from '../connection/script.js';

/**
 * Takes due rows for handlers that this consumer has, by compare-and-set: a row that is taken is due again only when
 * its lease ends, so that the row of a process that dies is taken by the next. Suspect rows beyond those asked for wait
 * a second longer.
 *
 * Parked rows are taken by the name that they are parked under, from when a build that can read them names it: each moves
 * to its handler's due set with the lease. A name without rows is removed.
 *
 * KEYS  rows, claims, ahead, then the due set of each handler, then each set of parked rows
 * ARGV  consumer, lease in ms, most rows in all, most suspect rows, from which run on a row is suspect, most bytes of rows
 *       beyond the first, number of handlers, then for each of them: handler, most rows of it; then for each set of parked rows: its name, number of its handler
 * Gives {rows as (ref, claim, handler, row as JSON), 1 when more is due}.
 */
export const claimScript = defineScript(
  'claim',
  `
local rows, claims, ahead = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease_end = string.format('%.0f', now + tonumber(ARGV[2]))
local later = string.format('%.0f', now + 1000)
now = string.format('%.0f', now)
local left, suspects, suspect_from = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local room, handlers = tonumber(ARGV[6]), tonumber(ARGV[7])
local taken, more, names_ended = {}, 0, {}
local function take_from(set, home, handler, most)
  local limit = math.min(left, most)
  if limit < 0 then return false end
  local is_parked, removed = set ~= home, 0
  local total = is_parked and redis.call('ZCARD', set)
  -- Suspect rows stay where they are parked: the next ones are looked at too.
  local refs = redis.call('ZRANGE', set, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit + (is_parked and 100 or 1))
  if #refs > limit then more = 1 end
  local count = 0
  for _, ref in ipairs(refs) do
    if count == limit then break end
    local row = redis.call('HGET', rows, ref)
    if row and room <= 0 then
      more = 1
    elseif row then
      local runs = tonumber(string.match(redis.call('HGET', claims, ref) or '0|', '^%d+')) + 1
      if runs >= suspect_from and suspects == 0 then
        if not is_parked then redis.call('ZADD', set, later, ref) end
      else
        if runs >= suspect_from then suspects = suspects - 1 end
        local claim = string.format('%d|%s', runs, ARGV[1])
        redis.call('HSET', claims, ref, claim)
        if is_parked then removed = removed + redis.call('ZREM', set, ref) end
        redis.call('ZADD', home, lease_end, ref)
        taken[#taken + 1] = { ref, claim, handler, row }
        left = left - 1
        count = count + 1
        room = room - #row
      end
    else
      removed = removed + redis.call('ZREM', set, ref)
      redis.call('HDEL', claims, ref)
    end
  end
  return total == removed
end
for n = 1, handlers do take_from(KEYS[3 + n], KEYS[3 + n], ARGV[6 + 2 * n], tonumber(ARGV[7 + 2 * n])) end
for n = handlers + 4, #KEYS do
  local name, of = ARGV[2 * n], tonumber(ARGV[2 * n + 1])
  local is_empty = take_from(KEYS[n], KEYS[3 + of], ARGV[6 + 2 * of], tonumber(ARGV[7 + 2 * of]))
  if is_empty then names_ended[#names_ended + 1] = name end
end
if #names_ended > 0 then redis.call('HDEL', ahead, unpack(names_ended)) end
return { taken, more }
`,
);
