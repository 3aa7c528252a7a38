import { defineScript } from '../script.js';

/**
 * Removes consumers that are dead and hold nothing; one that holds something is left until its entries were taken over.
 *
 * KEYS  event stream, consumers, alive;  ARGV  group, time without a heartbeat in ms
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
 * waits for them becomes dead letters, which a person sees.
 *
 * KEYS  group's state, handlers, seen, rows, claims, dead index, dead letters, log
 * ARGV  group, time without a process in ms, prefix of the due sets, ISO time, most rows in one step
 * Gives {handlers retired or being retired, rows made dead letters}.
 */
export const retireHandlersScript = defineScript(
  'retire-handlers',
  `
local state, handlers, seen, rows, claims, dead, dlq, log = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local group = ARGV[1]
local time = redis.call('TIME')
local before = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[2])
local retired, moved, left = {}, 0, tonumber(ARGV[5])
for _, handler in ipairs(redis.call('HKEYS', handlers)) do
  local at = tonumber(redis.call('HGET', seen, handler) or '0')
  if at < before and left > 0 then
    local due = ARGV[3] .. handler
    local refs = redis.call('ZRANGE', due, 0, left - 1)
    for _, ref in ipairs(refs) do
      local json = redis.call('HGET', rows, ref)
      if json then
        local row = cjson.decode(json)
        local message = 'no process of the group has had this handler for long'
        local detail = cjson.encode({
          eventId = row.eventId, type = row.type, tenantId = row.tenantId, correlationId = row.correlationId,
          error = { name = 'HANDLER_RETIRED', message = message }, attempts = row.attempt - 1,
          firstFailedAt = row.firstFailedAt or ARGV[4], lastFailedAt = ARGV[4],
        })
        local id = redis.call('XADD', dlq, '*', 'group', group, 'handler', handler, 'stream', row.streamId, 'reason', 'HANDLER_RETIRED', 'd', detail, 'e', row.envelope)
        redis.call('HSET', dead, ref, id)
        redis.call('XADD', log, '*', 'k', 'dead', 'group', group, 'handler', handler, 'stream', row.streamId, 'd', detail, 'dlq', id, 'reason', 'HANDLER_RETIRED')
        redis.call('HDEL', rows, ref)
        moved = moved + 1
      end
      redis.call('HDEL', claims, ref)
      redis.call('ZREM', due, ref)
    end
    left = left - #refs
    retired[#retired + 1] = handler
    if redis.call('ZCARD', due) == 0 then
      redis.call('HDEL', handlers, handler)
      redis.call('HDEL', seen, handler)
      redis.call('HINCRBY', state, 'handlersVersion', 1)
      redis.call('XADD', log, '*', 'k', 'handler-retired', 'group', group, 'handler', handler, 'stream', '0-0', 'd', '{}')
    end
  end
end
return { retired, moved }
`,
);

/**
 * Trims the event stream to the older of the cutoff and the oldest unfinished entry of any group that still counts, and
 * dead letters, log and replays to their own. A group that is retired, or was held back longer than allowed, does not
 * count.
 *
 * KEYS  event stream, dead letters, log, replay stream, groups
 * ARGV  retention of each of the four in ms, longest hold in ms, prefix of the groups' state
 * Gives {events trimmed, dead letters trimmed, groups that hold the stream back as (group, oldest id), groups passed
 * over as (group, oldest id)}.
 */
export const trimScript = defineScript(
  'trim',
  `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ms_of(id) return tonumber(string.match(id, '^(%d+)')) end
local cutoff = now - tonumber(ARGV[1])
local oldest_kept = cutoff
local floor_id = string.format('%.0f-0', cutoff)
local held, passed = {}, {}
if redis.call('EXISTS', KEYS[1]) == 1 then
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local group, last = info[2], nil
    for i = 1, #info, 2 do if info[i] == 'last-delivered-id' then last = info[i + 1] end end
    local summary = redis.call('XPENDING', KEYS[1], group)
    local oldest
    if summary[1] > 0 then
      oldest = summary[2]
    else
      local next = redis.call('XRANGE', KEYS[1], '(' .. last, '+', 'COUNT', 1)
      if next[1] then oldest = next[1][1] end
    end
    if oldest and ms_of(oldest) < cutoff then
      local retired = redis.call('HGET', ARGV[6] .. group, 'retiredAt')
      if retired or ms_of(oldest) < cutoff - tonumber(ARGV[5]) then
        passed[#passed + 1] = { group, oldest }
      else
        held[#held + 1] = { group, oldest }
        if ms_of(oldest) < oldest_kept then
          oldest_kept = ms_of(oldest)
          floor_id = oldest
        end
      end
    end
  end
end
local events = redis.call('XTRIM', KEYS[1], 'MINID', floor_id)
local dead = redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f', now - tonumber(ARGV[2])))
redis.call('XTRIM', KEYS[3], 'MINID', string.format('%.0f', now - tonumber(ARGV[3])))
redis.call('XTRIM', KEYS[4], 'MINID', string.format('%.0f', now - tonumber(ARGV[4])))
for _, entry in ipairs(passed) do
  redis.call('XADD', KEYS[3], '*', 'k', 'expired', 'group', entry[1], 'handler', '*', 'stream', entry[2], 'd', '{"reason":"held past maxHold, or retired"}')
end
return { events, dead, held, passed }
`,
);
