import { defineScript } from '../connection/script.js';
import { bumpFunction } from '../statistics/count.lua.js';
import { buryRowFunction } from '../store/scheduled-retry.lua.js';
import { streamIdFunctions } from '../store/stream-ids.lua.js';

/**
 * Removes consumers that are dead and hold nothing; one that holds something is left until its entries were taken over.
 *
 * KEYS  event or replay stream, consumers, alive;  ARGV  group, time without a heartbeat in ms
 * Gives the names removed.
 */
export const removeConsumersScript = defineScript(
  'remove-consumers',
  `
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2])
local removed = {}
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local name, pending, idle = info[2], info[4], info[6]
  local alive = redis.call('ZSCORE', KEYS[3], name)
  if pending == 0 and idle > tonumber(ARGV[2]) and (not alive or tonumber(alive) < before) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
    redis.call('HDEL', KEYS[2], name)
    redis.call('ZREM', KEYS[3], name)
    removed[#removed + 1] = name
  end
end
for _, name in ipairs(redis.call('ZRANGE', KEYS[3], '-inf', before, 'BYSCORE')) do
  redis.call('HDEL', KEYS[2], name)
  redis.call('ZREM', KEYS[3], name)
end
return removed
`,
);

/**
 * Retires the group's handlers that no living process has had for long: nothing more is recorded for them, and what
 * waits for them, parked rows too, becomes dead letters, which a person sees.
 *
 * KEYS  group's state, handlers, seen, rows, claims, dead index, dead letters, log, since, counters of the minute, of the
 *       hour, ahead, then the due set of each handler that the group was found to have, then each set of parked rows
 * ARGV  group, time without a process in ms, ISO time, most rows in one step, number of these handlers, the handlers, then
 *       for each set of parked rows: its name, its handler
 * Gives {handlers retired or being retired, rows made dead letters}.
 */
export const retireHandlersScript = defineScript(
  'retire-handlers',
  `
${bumpFunction}
${buryRowFunction}
local state, handlers, seen, rows, claims, dead, dlq, log, since, minute, hour, ahead = unpack(KEYS, 1, 12)
local group, count = ARGV[1], tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = now - tonumber(ARGV[2])
local retired, moved, left = {}, 0, tonumber(ARGV[4])
local parked_of, set_of = {}, {}
for n = 13 + count, #KEYS do
  local at = 5 + count + 2 * (n - 13 - count)
  local name, handler = ARGV[at + 1], ARGV[at + 2]
  set_of[name] = KEYS[n]
  parked_of[handler] = parked_of[handler] or {}
  table.insert(parked_of[handler], name)
end
-- A set that was not named is one that was made a moment ago: its handler's turn comes in the next round.
local is_named = true
for _, name in ipairs(redis.call('HKEYS', ahead)) do is_named = is_named and set_of[name] end
-- What ends is removed of each key by one call at the end: while a slot is being moved, Redis refuses a key that a script
-- has emptied when the script comes back to it.
local ended, names_ended = {}, {}
local function bury_all(set, handler)
  local total = redis.call('ZCARD', set)
  local refs = left > 0 and redis.call('ZRANGE', set, 0, left - 1) or {}
  for _, ref in ipairs(refs) do
    local json = redis.call('HGET', rows, ref)
    if json then
      local message = 'no process of the group has had this handler for long'
      bury_row(dlq, dead, log, minute, hour, group, handler, ref, json, 'HANDLER_RETIRED', message, ARGV[3])
      moved = moved + 1
    end
    ended[#ended + 1] = ref
  end
  if #refs > 0 then redis.call('ZREM', set, unpack(refs)) end
  left = left - #refs
  return total == #refs
end
for n = 13, 12 + count do
  local handler = ARGV[n - 7]
  local at = tonumber(redis.call('HGET', seen, handler) or '0')
  if at < before and left > 0 and is_named and redis.call('HEXISTS', handlers, handler) == 1 then
    local is_empty = bury_all(KEYS[n], handler)
    for _, name in ipairs(parked_of[handler] or {}) do
      local none_left = bury_all(set_of[name], handler)
      if none_left then names_ended[#names_ended + 1] = name end
      is_empty = is_empty and none_left
    end
    retired[#retired + 1] = handler
    if is_empty then
      redis.call('HDEL', handlers, handler)
      redis.call('HDEL', seen, handler)
      redis.call('HDEL', since, handler)
      redis.call('HINCRBY', state, 'handlersVersion', 1)
      redis.call('XADD', log, '*', 'k', 'handler-retired', 'group', group, 'handler', handler, 'stream', '0-0', 'd', '{}')
    end
  end
end
if #ended > 0 then
  redis.call('HDEL', rows, unpack(ended))
  redis.call('HDEL', claims, unpack(ended))
end
if #names_ended > 0 then redis.call('HDEL', ahead, unpack(names_ended)) end
return { retired, moved }
`,
);

/**
 * Trims the event stream to the older of the cutoff and the oldest unfinished entry of any group that still counts, and
 * log and replays to their own cutoffs. A group that is retired, or was held back longer than allowed, does not count:
 * what it was handed and did not finish is expired, a line of the log each.
 *
 * KEYS  event stream, log, replay stream, groups, then state and closed of each group that is known
 * ARGV  retention of each of the three in ms, longest hold in ms, most entries to expire of a group, then these groups
 * Gives {0, groups that were not named}, having done nothing: to be called again with them; or {1, events trimmed, groups
 * that hold the stream back as (group, oldest id), groups passed over as (group, oldest id)}.
 */
export const trimScript = defineScript(
  'trim',
  `
${streamIdFunctions}
local events, log, replay = KEYS[1], KEYS[2], KEYS[3]
local state_of, closed_of, unknown = {}, {}, {}
for i = 6, #ARGV do state_of[ARGV[i]], closed_of[ARGV[i]] = KEYS[2 * i - 7], KEYS[2 * i - 6] end
local groups = redis.call('HKEYS', KEYS[4])
local infos = redis.call('EXISTS', events) == 1 and redis.call('XINFO', 'GROUPS', events) or {}
for _, info in ipairs(infos) do groups[#groups + 1] = info[2] end
for _, group in ipairs(groups) do if not state_of[group] then unknown[#unknown + 1] = group end end
if #unknown > 0 then return { 0, unknown } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ms_of(id) return tonumber(string.match(id, '^(%d+)')) end
local cutoff = now - tonumber(ARGV[1])
local oldest_kept = cutoff
local floor_id = string.format('%.0f-0', cutoff)
local held, passed = {}, {}
for _, info in ipairs(infos) do
  local group, last = info[2], field(info, 'last-delivered-id')
  local summary = redis.call('XPENDING', events, group)
  local oldest
  if summary[1] > 0 then
    oldest = summary[2]
  else
    local next = redis.call('XRANGE', events, '(' .. last, '+', 'COUNT', 1)
    if next[1] then oldest = next[1][1] end
  end
  local state = state_of[group]
  local late = oldest and ms_of(oldest) < cutoff
  if late and (redis.call('HEXISTS', state, 'retiredAt') == 1 or ms_of(oldest) < cutoff - tonumber(ARGV[4])) then
    passed[#passed + 1] = { group, oldest }
  else
    redis.call('HDEL', state, 'passedAt')
    if late then
      held[#held + 1] = { group, oldest }
      if ms_of(oldest) < oldest_kept then
        oldest_kept = ms_of(oldest)
        floor_id = oldest
      end
    end
  end
end
local function expire(group, id, detail)
  redis.call('XADD', log, '*', 'k', 'expired', 'group', group, 'handler', '*', 'stream', id, 'd', cjson.encode(detail))
end
for _, entry in ipairs(passed) do
  local group, oldest = entry[1], entry[2]
  local state = state_of[group]
  local reason = redis.call('HEXISTS', state, 'retiredAt') == 1 and 'group retired' or 'held past maxHold'
  if redis.call('HSETNX', state, 'passedAt', string.format('%.0f', now)) == 1 then
    expire(group, oldest, { reason = reason, from = oldest })
  end
  for _, row in ipairs(redis.call('XPENDING', events, group, '-', '(' .. floor_id, ARGV[5])) do
    local detail = { reason = reason }
    local found = redis.call('XRANGE', events, row[1], row[1])[1]
    local readable, envelope = pcall(cjson.decode, found and found[2][2] or '')
    if readable and type(envelope) == 'table' then
      for name, field in pairs({ type = 'type', tenantId = 'tenantId', correlationId = 'correlationId', id = 'eventId' }) do
        if type(envelope[name]) == 'string' then detail[field] = envelope[name] end
      end
    end
    redis.call('XACK', events, group, row[1])
    redis.call('ZADD', closed_of[group], ms_of(row[1]), 'EXPIRED ' .. row[1] .. '/*')
    expire(group, row[1], detail)
  end
end
local trimmed = redis.call('XTRIM', events, 'MINID', floor_id)
for _, group in ipairs(groups) do
  redis.call('ZREMRANGEBYSCORE', closed_of[group], '-inf', '(' .. ms_of(floor_id))
end
redis.call('XTRIM', log, 'MINID', string.format('%.0f', now - tonumber(ARGV[2])))
redis.call('XTRIM', replay, 'MINID', string.format('%.0f', now - tonumber(ARGV[3])))
return { 1, trimmed, held, passed }
`,
);

/**
 * Expires dead letters that are past their retention, the oldest first, a line of the log each.
 *
 * KEYS  dead letters, log, then dead index and closed of each group that is known
 * ARGV  retention in ms, most letters, then these groups
 * Gives {0, groups that were not named}, having done nothing: to be called again with them; or {1, how many}.
 */
export const expireDeadLettersScript = defineScript(
  'expire-dead-letters',
  `
local dlq, log = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local cutoff = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1]))
local letters = redis.call('XRANGE', dlq, '-', '(' .. cutoff, 'COUNT', ARGV[2])
local dead_of, closed_of, unknown, found = {}, {}, {}, {}
for i = 3, #ARGV do dead_of[ARGV[i]], closed_of[ARGV[i]] = KEYS[2 * i - 3], KEYS[2 * i - 2] end
for n, letter in ipairs(letters) do
  local fields = {}
  for i = 1, #letter[2], 2 do fields[letter[2][i]] = letter[2][i + 1] end
  -- An entry that no settle wrote may lack anything.
  for _, name in ipairs({ 'group', 'handler', 'stream', 'd' }) do fields[name] = fields[name] or '' end
  found[n] = fields
  if not dead_of[fields.group] then unknown[#unknown + 1] = fields.group end
end
if #unknown > 0 then return { 0, unknown } end
for n, letter in ipairs(letters) do
  local id, fields = letter[1], found[n]
  local index, ref = dead_of[fields.group], fields.ref or fields.stream .. '/' .. fields.handler
  if redis.call('HGET', index, ref) == id then redis.call('HDEL', index, ref) end
  redis.call('XDEL', dlq, id)
  local ms = string.match(ref, '^(%d+)-')
  if ms then redis.call('ZADD', closed_of[fields.group], ms, 'EXPIRED ' .. ref) end
  redis.call('XADD', log, '*', 'k', 'expired', 'group', fields.group, 'handler', fields.handler, 'stream', fields.stream, 'd', fields.d, 'dlq', id)
end
return { 1, #letters }
`,
);
