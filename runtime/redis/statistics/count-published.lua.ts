import { defineScript } from '../connection/define-script.js';
import { bump, eventVersion } from '../store/prelude.lua.js';

/**
 * Counts entries of the event stream, of all publishers, from the end of the last call on: each entry once, in the minute and
 * hour in which it was written. `from_ms` and `to_ms` are the start and the end of that minute. Types that cannot be read,
 * and further types after the first 10,000 counters of the minute, count as `*`.
 *
 * In `versions`, the events of the hour are counted by `<type>@<major>`, further ones after the first 5,000 as `+`. If its sum
 * is below that of the hour, a process of an earlier version has counted some: the rest has an unknown version.
 *
 * Replies 0 and the time of the next entry when that entry belongs to another minute, 1 when more entries of this minute are
 * left, 2 when all entries are counted.
 */
export const countPublishedScript = defineScript({
  name: 'count-published',
  keys: ['events', 'counted', 'minute', 'hour', 'versions'],
  args: ['fromMs', 'toMs', 'limit', 'maxBytes'],
  uses: [bump, eventVersion],
  reply: (reply) => reply as readonly [0 | 1 | 2, nextMs?: string],
  body: `
local cursor = redis.call('GET', counted) or '0-0'
local from, to, left, bytes_left = tonumber(from_ms), tonumber(to_ms), tonumber(limit), tonumber(max_bytes)
local tally, last, other, is_end, step = {}, nil, nil, false, 64
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
    local name, major = event_version(json)
    local majors = tally[name]
    if not majors then
      majors = {}
      tally[name] = majors
    end
    majors[major] = (majors[major] or 0) + 1
    last = entry[1]
    left = left - 1
    bytes_left = bytes_left - #json
  end
  step = math.min(256, step * 2)
end
if last then
  local is_full = redis.call('HLEN', minute) > 10000
  local size = redis.call('HGET', versions, '#')
  for name, majors in pairs(tally) do
    local sum = 0
    for major, count in pairs(majors) do
      sum = sum + count
      local field = name == '*' and '*' or name .. '@' .. major
      if tonumber(size or '0') >= 5000 and not redis.call('HGET', versions, field) then field = '+' end
      if redis.call('HINCRBY', versions, field, count) == count then size = redis.call('HINCRBY', versions, '#', 1) end
    end
    bump(minute, hour, 'p|' .. (is_full and '*' or name), string.format('%d', sum))
  end
  redis.call('EXPIRE', versions, 100000)
  redis.call('SET', counted, last)
end
if other then return { 0, other } end
return { is_end and 2 or 1 }
`,
});
