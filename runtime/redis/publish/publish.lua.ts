import { definePublishScript } from '../connection/script.js';
import { addedByOthersFunction } from '../store/stream-ids.lua.js';

/** Gives what a batch that was sent before has written; refuses one that comes too late. */
const beginning = `
local mark = ARGV[1] .. ' '
local known = redis.call('HGET', KEYS[2], ARGV[2])
if known and string.sub(known, 1, #mark) == mark then return string.sub(known, #mark + 1) end
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[3]) then return redis.error_reply('EXPIRED the deadline is over') end
local function write_all(count)
  local ids, written, at = {}, 0, 6 + count
  local id_keys, window_ms, runs = tonumber(ARGV[at] or '0'), tonumber(ARGV[at + 1] or '0'), tonumber(ARGV[at + 3] or '0')
  -- By event: its id, the stream id it has, the pairs for its hash.
  local own, found, lists, new = {}, {}, {}, {}
  local text, taken = ARGV[at + 2], 0
  at = at + 4
  for _ = 1, runs do
    local place, first, last = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    new[place] = new[place] or {}
    for index = first, last do
      own[index], lists[index] = string.sub(text, taken + 1, taken + 24), new[place]
      taken = taken + 24
    end
    for i, id in ipairs(redis.call('HMGET', KEYS[place], unpack(own, first, last))) do found[first + i - 1] = id end
    at = at + 3
  end
  local key, noted = 3 + id_keys, {}
  for index = 1, count do
    local own_id = own[index]
    local before = own_id and (found[index] or noted[own_id])
    if before then before = '=' .. own_id .. '@' .. before end
    -- The rows are in the order of their events.
    local first, first_key = at, key
    while ARGV[at] and tonumber(ARGV[at]) == index do
      before = before or redis.call('GET', KEYS[key])
      at, key = at + 3, key + 1
    end
    local id = before or redis.call('XADD', KEYS[1], '*', 'e', ARGV[5 + index])
    ids[index] = id
    if not before then
      written = written + 1
      if own_id then
        local list = lists[index]
        local size = #list
        list[size + 1], list[size + 2], noted[own_id] = own_id, id, id
      end
      for i = first, at - 1, 3 do
        redis.call('SET', KEYS[first_key + (i - first) / 3], '=' .. ARGV[i + 1] .. '@' .. id, 'PX', ARGV[i + 2])
      end
    end
  end
  for place, list in pairs(new) do
    for i = 1, #list, 2000 do redis.call('HSET', KEYS[place], unpack(list, i, math.min(i + 1999, #list))) end
    -- A minute more than asked for, so that it need not be set again with each call.
    if #list > 0 and redis.call('PTTL', KEYS[place]) < window_ms then
      redis.call('PEXPIRE', KEYS[place], string.format('%.0f', window_ms + 60000))
    end
  end
  return table.concat(ids, ' '), written
end
`;

const ending = `
redis.call('HSET', KEYS[2], ARGV[2], mark .. reply)
if ARGV[4] ~= '0' then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end
return reply
`;

/**
 * Writes all that was published in one tick, once, however often it is sent.
 *
 * The token names the batch in the publisher's ring: a batch sent again after a lost reply finds in its slot what the
 * first sending wrote, and so does a first sending that arrives last. A batch that arrives after its deadline (it sat in a
 * socket) is refused, so that who got `OUTCOME_UNKNOWN` can look and know.
 *
 * KEYS  event stream, ring, hashes of ids, then an idempotency key for each row
 * ARGV  token, its slot in the ring, deadline (Redis ms), time to live of the ring in ms (0: leave it), number of events,
 *       their envelopes; where one of them has an id of its own or a key: number of hashes, how long they are to live at
 *       least in ms, all ids that they remember as one text, number of runs of events that have one, each run (its hash's
 *       place in KEYS, index of its first event and of its last), then the rows (index of an event, its id, window in ms)
 * Gives one word an event, by space: its stream id, or `=<event id>@<stream id>` of the event that was there before.
 */
export const publishScript = definePublishScript(
  'publish',
  `${beginning}
-- One event alone under no key needs no table: tables are garbage that Redis's Lua has to collect.
local reply = #ARGV == 6 and redis.call('XADD', KEYS[1], '*', 'e', ARGV[6]) or write_all(tonumber(ARGV[5]))
${ending}`,
);

/**
 * The same where events are published under ids that may be in the stream: counts in the ring what this publisher has
 * written, which distinguishes it from what others have. Writes nothing where others have written since the publisher
 * last knew all of the stream.
 *
 * KEYS  as above
 * ARGV  as above, then `~` and entries that others have ever added, as the publisher knows it; `~` alone: any number
 * Gives the same, or the error STALE.
 */
export const publishKnownScript = definePublishScript(
  'publish-known',
  `${addedByOthersFunction}
${beginning}
local others = string.sub(ARGV[#ARGV], 2)
if others ~= '' and added_by_others(KEYS[1], KEYS[2]) ~= tonumber(others) then
  return redis.error_reply('STALE others have written to the stream')
end
local reply, written = write_all(tonumber(ARGV[5]))
if written > 0 then redis.call('HINCRBY', KEYS[2], 'written', string.format('%d', written)) end
${ending}`,
);
