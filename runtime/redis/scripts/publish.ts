import { definePublishScript } from '../script.js';
import { bumpFunction } from './count.js';

/**
 * Writes all that was published in one tick, once, however often it is sent.
 *
 * The token names the batch in the publisher's ring: a batch sent again after a lost reply finds in its slot what the
 * first sending wrote. A batch that arrives after its deadline (it sat in a socket) is refused, so that who was told
 * `OUTCOME_UNKNOWN` can look and know.
 *
 * KEYS  event stream, ring, then an idempotency key for each triple below
 * ARGV  token, its slot in the ring, deadline (Redis ms), time to live of the ring in ms (0: leave it), prefix of the
 *       counters, number of pairs (counter, events of it) and the pairs, number of events, their envelopes, then
 *       quadruples (index of the event, its id, window in ms, its counter)
 * Gives one word an event, by space: its stream id, or `=<event id>@<stream id>` of the event that was there before.
 */
export const publishScript = definePublishScript(
  'publish',
  `
${bumpFunction}
local mark = ARGV[1] .. ' '
local known = redis.call('HGET', KEYS[2], ARGV[2])
if known and string.sub(known, 1, #mark) == mark then return string.sub(known, #mark + 1) end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
if now > tonumber(ARGV[3]) then return redis.error_reply('EXPIRED the deadline is over') end
local counters = 2 * tonumber(ARGV[6])
local first = 7 + counters
local count = tonumber(ARGV[first])
local keyed, known_before = {}, {}
local key = 3
for i = first + count + 1, #ARGV, 4 do
  local index = tonumber(ARGV[i])
  keyed[index] = keyed[index] or { counter = ARGV[i + 3] }
  table.insert(keyed[index], { key = KEYS[key], id = ARGV[i + 1], window = ARGV[i + 2] })
  key = key + 1
end
local ids = {}
for index = 1, count do
  local keys = keyed[index]
  local before
  if keys then
    for _, entry in ipairs(keys) do before = before or redis.call('GET', entry.key) end
  end
  if before then
    ids[index] = before
    known_before[keys.counter] = (known_before[keys.counter] or 0) + 1
  else
    local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[first + index])
    ids[index] = id
    if keys then
      for _, entry in ipairs(keys) do
        redis.call('SET', entry.key, '=' .. entry.id .. '@' .. id, 'PX', entry.window)
      end
    end
  end
end
local reply = table.concat(ids, ' ')
redis.call('HSET', KEYS[2], ARGV[2], mark .. reply)
if ARGV[4] ~= '0' then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end
for i = 7, 6 + counters, 2 do
  local written = ARGV[i + 1] - (known_before[ARGV[i]] or 0)
  if written > 0 then bump(ARGV[5], now, ARGV[i], written) end
end
return reply
`,
);
