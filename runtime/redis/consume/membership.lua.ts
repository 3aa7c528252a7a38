import { defineScript } from '../connection/script.js';
import { dueSetsFunction } from '../store/due-sets.lua.js';
import { streamIdFunctions } from '../store/stream-ids.lua.js';

/**
 * Makes the group where it is not there: at its saved position, which is before everything unfinished; where that is
 * gone too, at the one the consumer remembers; where the group is new, at `startFrom`. A stream that was made anew is
 * read from its start. A group that an operator retired is back when a process joins it.
 *
 * KEYS  event or replay stream, group's state for it, groups, log
 * ARGV  group, startFrom, the position that the consumer remembers ('' when it joins for the first time)
 * Gives 'exists', 'created', 'restored <position>', or 'lost <position>' when the group's ledgers were gone as well.
 */
export const ensureGroupScript = defineScript(
  'ensure-group',
  `
${streamIdFunctions}
local events, state, groups, log = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group = ARGV[1]
local time = redis.call('TIME')
if ARGV[3] == '' and redis.call('HDEL', state, 'retiredAt') == 1 then
  redis.call('XADD', log, '*', 'k', 'group-returned', 'group', group, 'handler', '*', 'stream', '0-0', 'd', '{}')
end
redis.call('HSETNX', groups, group, time[1] * 1000 + math.floor(time[2] / 1000))
if redis.call('EXISTS', events) == 1 and last_delivered(events, group) then return 'exists' end
local last = last_generated(events)
local saved = redis.call('HGET', state, 'position')
local known = saved or (ARGV[3] ~= '' and ARGV[3])
local position = known or ARGV[2]
if position == '$' then position = last end
if known and is_before(last, known) then position = '0-0' end
redis.call('XGROUP', 'CREATE', events, group, position, 'MKSTREAM')
redis.call('HSET', state, 'position', position)
if not known then return 'created' end
local detail = cjson.encode({ position = position, ledgersLost = not saved })
redis.call('XADD', log, '*', 'k', 'group-restored', 'group', group, 'handler', '*', 'stream', position, 'd', detail)
return (saved and 'restored ' or 'lost ') .. position
`,
);

/**
 * Tells Redis which handlers this consumer has. A handler new to the group, or with another pattern, raises the version
 * of the group's set, at which every other instance looks at it before it acknowledges anything more. A new handler gets
 * what the group has not finished and what comes: from where that is, `since` says.
 *
 * KEYS  event stream, group's state, handlers, seen, consumers, alive, since
 * ARGV  group, consumer, what it handles as JSON, then pairs (handler, what events it takes)
 * Gives the version and the set: {version, handler, what events it takes, …}.
 */
export const registerScript = defineScript(
  'register',
  `
${streamIdFunctions}
local events, state, handlers, seen, consumers, alive, since = unpack(KEYS)
local group, consumer = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local is_there = redis.call('EXISTS', events) == 1 and last_delivered(events, group)
local position
local changed = false
for i = 4, #ARGV, 2 do
  if redis.call('HEXISTS', since, ARGV[i]) == 0 then
    position = position or is_there and finished_up_to(events, group) or redis.call('HGET', state, 'position') or '0-0'
    redis.call('HSET', since, ARGV[i], position)
  end
  if redis.call('HGET', handlers, ARGV[i]) ~= ARGV[i + 1] then
    redis.call('HSET', handlers, ARGV[i], ARGV[i + 1])
    changed = true
  end
  redis.call('HSET', seen, ARGV[i], now)
end
if changed then redis.call('HINCRBY', state, 'handlersVersion', 1) end
redis.call('HSET', consumers, consumer, ARGV[3])
redis.call('ZADD', alive, now, consumer)
local reply = redis.call('HGETALL', handlers)
table.insert(reply, 1, redis.call('HGET', state, 'handlersVersion') or '0')
return reply
`,
);

/**
 * Renews the leases of what this consumer works on, says that it and its handlers live, and saves the group's position:
 * the last entry before everything unfinished.
 *
 * KEYS  event or replay stream, group's state for it, seen, consumers, alive, claims, then the due set of each handler that a
 *       row names
 * ARGV  group, consumer, what it handles as JSON, lease in ms, prefix of the due sets, until when no lease can have ended
 *       (Redis ms), lowest and highest id of its entries ('' for none), number of entries and their ids,
 *       number of handlers and their names, then for each row: ref, claim, handler
 * Gives {the position, ids and refs that are no longer this consumer's, ids that are pending for no consumer although no lease
 * can have ended}.
 */
export const heartbeatScript = defineScript(
  'heartbeat',
  `
${streamIdFunctions}
${dueSetsFunction}
local events, state, seen, consumers, alive, claims = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local group, consumer = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local now_ms, lease_end = now, string.format('%.0f', now + tonumber(ARGV[4]))
now = string.format('%.0f', now)
redis.call('ZADD', alive, now, consumer)
redis.call('HSET', consumers, consumer, ARGV[3])
local at, lost, due_of = 9, {}, due_sets(7, ARGV[5])
local vanished = {}
local is_held = now_ms <= tonumber(ARGV[6])
local mine = {}
if ARGV[7] ~= '' then
  for _, row in ipairs(redis.call('XPENDING', events, group, ARGV[7], ARGV[8], 100000, consumer)) do mine[row[1]] = true end
end
local count, renew = tonumber(ARGV[at]), {}
for i = at + 1, at + count do
  local id = ARGV[i]
  if mine[id] then
    renew[#renew + 1] = id
  elseif not is_held or #redis.call('XPENDING', events, group, id, id, 1) > 0 then
    lost[#lost + 1] = id
  else
    vanished[#vanished + 1] = id
  end
end
for i = 1, #renew, 1000 do
  local ids = { unpack(renew, i, math.min(i + 999, #renew)) }
  ids[#ids + 1] = 'JUSTID'
  redis.call('XCLAIM', events, group, consumer, 0, unpack(ids))
end
at = at + count + 1
count = tonumber(ARGV[at])
for i = at + 1, at + count do redis.call('HSET', seen, ARGV[i], now) end
at = at + count + 1
for i = at, #ARGV, 3 do
  if redis.call('HGET', claims, ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', due_of[ARGV[i + 2]], 'XX', lease_end, ARGV[i])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
local position = finished_up_to(events, group)
redis.call('HSET', state, 'position', position)
return { position, lost, vanished }
`,
);

/**
 * Takes over entries whose lease is over: of consumers that died or stalled, and this one's own that it never received.
 * Marks of an entry of the replay stream are kept under what its field `b` says.
 *
 * KEYS  event or replay stream, marks, handlers, log
 * ARGV  group, consumer, lease in ms, most entries, most suspect entries, from which handing out on an entry is suspect,
 *       1 for the replay stream, most bytes of entries beyond the last, then the ids this consumer has in its memory
 * Gives {(id, deliveries, fields, handlers that are finished) for each entry taken, 1 where there may be more}.
 */
export const reapScript = defineScript(
  'reap',
  `
local events, marks, handlers, log = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, consumer, limit = ARGV[1], ARGV[2], tonumber(ARGV[4])
local suspects, suspect_from = tonumber(ARGV[5]), tonumber(ARGV[6])
local known = {}
local room = tonumber(ARGV[8])
for i = 9, #ARGV do known[ARGV[i]] = true end
local names = redis.call('HKEYS', handlers)
local taken, from = {}, '-'
while #taken < limit and room > 0 do
  local page = redis.call('XPENDING', events, group, 'IDLE', ARGV[3], from, '+', 100)
  for _, row in ipairs(page) do
    local id, owner = row[1], row[2]
    local suspect = row[4] + 1 >= suspect_from
    if #taken < limit and room > 0 and not (owner == consumer and known[id]) and not (suspect and suspects == 0) then
      if suspect then suspects = suspects - 1 end
      local entry = redis.call('XCLAIM', events, group, consumer, ARGV[3], id)[1]
      if entry then
        local finished = {}
        if #names > 0 then
          local fields = {}
          local base = ARGV[7] == '1' and entry[2][3] == 'b' and entry[2][4] or id
          for i, name in ipairs(names) do fields[i] = base .. '/' .. name end
          for i, mark in ipairs(redis.call('HMGET', marks, unpack(fields))) do
            if mark then finished[#finished + 1] = names[i] end
          end
        end
        taken[#taken + 1] = { id, row[4] + 1, entry[2], finished }
        for _, value in ipairs(entry[2]) do room = room - #value end
      else
        redis.call('XACK', events, group, id)
        redis.call('XADD', log, '*', 'k', 'lost', 'group', group, 'handler', '*', 'stream', id, 'd', '{"reason":"the entry is gone from the stream"}')
      end
    end
  end
  if #page < 100 then break end
  from = '(' .. page[#page][1]
end
return { taken, (#taken == limit or room <= 0) and 1 or 0 }
`,
);

/**
 * Gives back what a closing consumer still holds, for the next reaper to take at once, and removes the consumer when
 * nothing is pending for it. A handing out that ends like this does not count: nobody died.
 *
 * KEYS  event or replay stream, consumers, alive, claims, then the due set of each handler that a row names
 * ARGV  group, consumer, lease in ms, prefix of the due sets, then for each row: ref, claim, handler
 */
export const releaseScript = defineScript(
  'release',
  `
${dueSetsFunction}
local events, consumers, alive, claims = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, consumer = ARGV[1], ARGV[2]
redis.call('HDEL', consumers, consumer)
redis.call('ZREM', alive, consumer)
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local due_of = due_sets(5, ARGV[4])
for i = 5, #ARGV, 3 do
  if redis.call('HGET', claims, ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', due_of[ARGV[i + 2]], 'XX', now, ARGV[i])
    redis.call('HDEL', claims, ARGV[i])
  end
end
local pending = redis.call('XPENDING', events, group, '-', '+', 100000, consumer)
for _, row in ipairs(pending) do
  redis.call('XCLAIM', events, group, consumer, 0, row[1], 'IDLE', ARGV[3], 'RETRYCOUNT', math.max(0, row[4] - 1), 'JUSTID')
end
if #pending == 0 then redis.call('XGROUP', 'DELCONSUMER', events, group, consumer) end
return #pending
`,
);
