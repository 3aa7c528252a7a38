import { defineScript } from '../connection/define-script.js';
import { bump } from '../store/prelude.lua.js';

/**
 * Counts entries of the event stream, of all publishers, from the end of the last call on: each entry once, in the minute and
 * hour in which it was written. `from_ms` and `to_ms` are the start and the end of that minute. Types that cannot be read,
 * and further types after the first 10,000 counters of the minute, count as `*`.
 *
 * Replies 0 and the time of the next entry when that entry belongs to another minute, 1 when more entries of this minute are
 * left, 2 when all entries are counted.
 */
export const countPublishedScript = defineScript({
  name: 'count-published',
  keys: ['events', 'counted', 'minute', 'hour'],
  args: ['fromMs', 'toMs', 'limit', 'maxBytes'],
  uses: [bump],
  reply: (reply) => reply as readonly [0 | 1 | 2, nextMs?: string],
  body: `
local cursor = redis.call('GET', counted) or '0-0'
local from, to, left, bytes_left = tonumber(from_ms), tonumber(to_ms), tonumber(limit), tonumber(max_bytes)
local tally, last, other, is_end, step = {}, nil, nil, false, 64
local function type_of(json)
  -- Fast path for envelopes that this SDK has written; other envelopes are decoded.
  local found = string.match(json, '^{"id":"[^"\\\\\\\\]*","type":"([%w_.-]+)"')
  if not found then
    local is_read, envelope = pcall(cjson.decode, json)
    found = is_read and type(envelope) == 'table' and envelope.type
  end
  return type(found) == 'string' and #found <= 200 and string.match(found, '^[%w_.-]+$') and found or '*'
end
local function is_other(entry)
  local ms = tonumber(string.match(entry[1], '^%d+'))
  return ms < from or ms >= to
end
while left > 0 and bytes_left > 0 and not other and not is_end do
  local count = math.min(left, step)
  local page = redis.call('XRANGE', events, '(' .. (last or cursor), '+', 'COUNT', count)
  is_end = #page < count
  -- Entries are ordered by time.
  local is_mixed = #page > 0 and (is_other(page[1]) or is_other(page[#page]))
  for _, entry in ipairs(page) do
    if is_mixed and is_other(entry) then
      other = string.match(entry[1], '^%d+')
      break
    end
    local json = entry[2][1] == 'e' and entry[2][2] or ''
    local name = type_of(json)
    tally[name] = (tally[name] or 0) + 1
    last = entry[1]
    left = left - 1
    bytes_left = bytes_left - #json
  end
  step = math.min(256, step * 2)
end
if last then
  local is_full = redis.call('HLEN', minute) > 10000
  for name, count in pairs(tally) do bump(minute, hour, 'p|' .. (is_full and '*' or name), string.format('%d', count)) end
  redis.call('SET', counted, last)
end
if other then return { 0, other } end
return { is_end and 2 or 1 }
`,
});
