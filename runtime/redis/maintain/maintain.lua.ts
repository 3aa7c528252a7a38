import { defineScript } from '../connection/define-script.js';
import {
  bump,
  clock,
  closeDelivery,
  deadLetter,
  deadLetterRetry,
  logLine,
  removals,
  streamIds,
} from '../store/prelude.lua.js';

/** Reply of a script that needs the keys of every group that it finds: the groups that were not passed, or the result. */
export type ForGroups<Result extends readonly unknown[]> =
  | readonly [done: 0, unknown: readonly string[]]
  | readonly [done: 1, ...result: Result];

/**
 * Removes dead consumers without pending entries. A dead consumer with pending entries stays until they are taken over.
 * Replies the names of the removed consumers.
 */
export const removeConsumersScript = defineScript({
  name: 'remove-consumers',
  keys: ['stream', 'consumers', 'alive'],
  args: ['group', 'deadAfterMs'],
  uses: [clock, removals],
  reply: (reply) => reply as readonly string[],
  body: `
local before = now_ms() - tonumber(dead_after_ms)
local removed, gone, is_gone = {}, 0, {}
local function add(name)
  if is_gone[name] or gone == 1000 then return false end
  is_gone[name], gone = true, gone + 1
  remove_later('HDEL', consumers, name)
  remove_later('ZREM', alive, name)
  return true
end
for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  local name, pending, idle = info[2], info[4], info[6]
  local seen = redis.call('ZSCORE', alive, name)
  local is_dead = pending == 0 and idle > tonumber(dead_after_ms) and (not seen or tonumber(seen) < before)
  if is_dead and add(name) then removed[#removed + 1] = name end
end
for _, name in ipairs(redis.call('ZRANGE', alive, '-inf', before, 'BYSCORE')) do add(name) end
for _, name in ipairs(removed) do redis.call('XGROUP', 'DELCONSUMER', stream, group, name) end
remove_now()
return removed
`,
});

/**
 * Retires the group's handlers that no live process has had for `grace_ms`: they get no more deliveries, and their scheduled
 * and parked retries become dead letters, and those that wait in key queues, at most `limit` in one call. `parked` are the group's sets of parked retries.
 *
 * Replies the handlers that are retired or being retired, and the number of new dead letters.
 */
export const retireHandlersScript = defineScript({
  name: 'retire-handlers',
  keys: [
    ...['state', 'handlers', 'seen', 'retries', 'claims', 'dead', 'dlq', 'log', 'since', 'minute', 'hour', 'ahead'],
    ...['heads', 'waiting'],
  ] as const,
  args: ['group', 'graceMs', 'iso', 'limit'],
  lists: { named: { due: 'key', handler: 'arg' }, parked: { set: 'key', name: 'arg', handler: 'arg' } },
  uses: [clock, logLine, deadLetter, bump, deadLetterRetry, removals],
  reply: (reply) => reply as readonly [retired: readonly string[], moved: number],
  body: `
local before = now_ms() - tonumber(grace_ms)
local retired, moved, left = {}, 0, tonumber(limit)
local to = { dlq = dlq, dead = dead, log = log, minute = minute, hour = hour }
local parked_of, is_known = {}, {}
for _, entry in ipairs(parked) do
  is_known[entry.name] = true
  parked_of[entry.handler] = parked_of[entry.handler] or {}
  table.insert(parked_of[entry.handler], entry)
end
-- A set that was not passed has just been created: the next round retires its handler.
local is_named = true
for _, name in ipairs(redis.call('HKEYS', ahead)) do is_named = is_named and is_known[name] end
local function dead_letter_one(handler, ref)
  local json = redis.call('HGET', retries, ref)
  if json then
    local message = 'no process of the group has had this handler for a long time'
    dead_letter_retry(to, group, handler, ref, json, 'HANDLER_RETIRED', message, iso)
    moved = moved + 1
  end
  remove_later('HDEL', retries, ref)
  remove_later('HDEL', claims, ref)
  left = left - 1
end
local function dead_letter_all(set, handler)
  local total = redis.call('ZCARD', set)
  local refs = left > 0 and redis.call('ZRANGE', set, 0, left - 1) or {}
  for _, ref in ipairs(refs) do
    dead_letter_one(handler, ref)
    remove_later('ZREM', set, ref)
  end
  return total == #refs
end
local function dead_letter_waiting(handler)
  local from, to = '[' .. handler .. '\\0', '(' .. handler .. '\\1'
  local members = redis.call('ZRANGE', waiting, from, to, 'BYLEX', 'LIMIT', 0, left + 1)
  for _, member in ipairs(members) do
    if left == 0 then return false end
    dead_letter_one(handler, string.match(member, '[^%z]*$'))
    remove_later('ZREM', waiting, member)
  end
  return true
end
for _, each in ipairs(named) do
  local handler = each.handler
  local at = tonumber(redis.call('HGET', seen, handler) or '0')
  if at < before and left > 0 and is_named and redis.call('HEXISTS', handlers, handler) == 1 then
    local is_empty = dead_letter_all(each.due, handler)
    for _, entry in ipairs(parked_of[handler] or {}) do
      local none_left = dead_letter_all(entry.set, handler)
      if none_left then remove_later('HDEL', ahead, entry.name) end
      is_empty = is_empty and none_left
    end
    is_empty = dead_letter_waiting(handler) and is_empty
    retired[#retired + 1] = handler
    if is_empty then
      for _, key in ipairs({ handlers, seen, since }) do remove_later('HDEL', key, handler) end
      remove_later('HDEL', seen, handler .. '\\0key')
      for _, queue in ipairs(redis.call('HKEYS', heads)) do
        if string.sub(queue, 1, #handler + 1) == handler .. '\\0' then remove_later('HDEL', heads, queue) end
      end
      redis.call('HINCRBY', state, 'handlersVersion', 1)
      log_line(log, 'handler-retired', group, handler, '0-0', '{}')
    end
  end
end
remove_now()
return { retired, moved }
`,
});

/**
 * Trims the event stream to its retention, or to the oldest unfinished entry of any group that counts, whichever is older;
 * trims the log and the replay stream to their retention. A group that is retired, or has held back trimming for longer than
 * `max_hold_ms`, does not count: its unfinished entries expire, with one log line each, at most `limit` of each group in one
 * call.
 *
 * Replies the number of trimmed events, the groups that hold back trimming and the groups that do not count, each with its
 * oldest unfinished id.
 */
export const trimScript = defineScript({
  name: 'trim',
  keys: ['events', 'log', 'replay', 'groups'],
  args: ['eventsMs', 'logMs', 'replayMs', 'maxHoldMs', 'limit'],
  lists: { known: { state: 'key', closed: 'key', group: 'arg' } },
  uses: [clock, logLine, streamIds],
  reply: (reply) =>
    reply as ForGroups<readonly [trimmed: number, held: readonly OldestOf[], passed: readonly OldestOf[]]>,
  body: `
local keys_of, unknown = {}, {}
for _, each in ipairs(known) do keys_of[each.group] = each end
local names, is_named = redis.call('HKEYS', groups), {}
for _, group in ipairs(names) do is_named[group] = true end
local infos = redis.call('EXISTS', events) == 1 and redis.call('XINFO', 'GROUPS', events) or {}
-- Each group once: the script empties keys of a group, and then may not use them again.
for _, info in ipairs(infos) do if not is_named[info[2]] then names[#names + 1] = info[2] end end
for _, group in ipairs(names) do if not keys_of[group] then unknown[#unknown + 1] = group end end
if #unknown > 0 then return { 0, unknown } end
local now = now_ms()
local function ms_of(id) return tonumber(string.match(id, '^(%d+)')) end
local cutoff = now - tonumber(events_ms)
local floor_id = as_text(cutoff) .. '-0'
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
  local state = keys_of[group].state
  local late = oldest and ms_of(oldest) < cutoff
  if late and (redis.call('HEXISTS', state, 'retiredAt') == 1 or ms_of(oldest) < cutoff - tonumber(max_hold_ms)) then
    passed[#passed + 1] = { group, oldest }
  else
    redis.call('HDEL', state, 'passedAt')
    if late then
      held[#held + 1] = { group, oldest }
      if is_before(oldest, floor_id) then floor_id = oldest end
    end
  end
end
local function expire(group, id, detail) log_line(log, 'expired', group, '*', id, cjson.encode(detail)) end
for _, entry in ipairs(passed) do
  local group, oldest = entry[1], entry[2]
  local state, closed = keys_of[group].state, keys_of[group].closed
  local reason = redis.call('HEXISTS', state, 'retiredAt') == 1 and 'group retired' or 'held past maxHold'
  if redis.call('HSETNX', state, 'passedAt', as_text(now)) == 1 then
    expire(group, oldest, { reason = reason, from = oldest })
  end
  for _, row in ipairs(redis.call('XPENDING', events, group, '-', '(' .. floor_id, limit)) do
    local id, detail = row[1], { reason = reason }
    local found = redis.call('XRANGE', events, id, id)[1]
    local readable, envelope = pcall(cjson.decode, found and found[2][2] or '')
    if readable and type(envelope) == 'table' then
      for name, to in pairs({ type = 'type', tenantId = 'tenantId', correlationId = 'correlationId', id = 'eventId' }) do
        if type(envelope[name]) == 'string' then detail[to] = envelope[name] end
      end
    end
    redis.call('XACK', events, group, id)
    redis.call('ZADD', closed, ms_of(id), 'EXPIRED ' .. id .. '/*')
    expire(group, id, detail)
  end
end
local trimmed = redis.call('XTRIM', events, 'MINID', floor_id)
for _, group in ipairs(names) do
  local closed = keys_of[group].closed
  redis.call('ZREMRANGEBYSCORE', closed, '-inf', '(' .. ms_of(floor_id))
end
redis.call('XTRIM', log, 'MINID', as_text(now - tonumber(log_ms)))
redis.call('XTRIM', replay, 'MINID', as_text(now - tonumber(replay_ms)))
return { 1, trimmed, held, passed }
`,
});

type OldestOf = readonly [group: string, oldestId: string];

/** Expires dead letters that are older than their retention, oldest first, with one log line each. Replies their number. */
export const expireDeadLettersScript = defineScript({
  name: 'expire-dead-letters',
  keys: ['dlq', 'log'],
  args: ['retentionMs', 'limit'],
  lists: { known: { dead: 'key', closed: 'key', group: 'arg' } },
  uses: [clock, closeDelivery, logLine, removals],
  reply: (reply) => reply as ForGroups<readonly [expired: number]>,
  body: `
local cutoff = as_text(now_ms() - tonumber(retention_ms))
local letters = redis.call('XRANGE', dlq, '-', '(' .. cutoff, 'COUNT', limit)
local keys_of, unknown, found = {}, {}, {}
for _, each in ipairs(known) do keys_of[each.group] = each end
for n, letter in ipairs(letters) do
  local fields = {}
  for i = 1, #letter[2], 2 do fields[letter[2][i]] = letter[2][i + 1] end
  -- An entry that no settle wrote may lack any field.
  for _, name in ipairs({ 'group', 'handler', 'stream', 'd' }) do fields[name] = fields[name] or '' end
  found[n] = fields
  if not keys_of[fields.group] then unknown[#unknown + 1] = fields.group end
end
if #unknown > 0 then return { 0, unknown } end
for n, letter in ipairs(letters) do
  local id, fields = letter[1], found[n]
  local dead, closed = keys_of[fields.group].dead, keys_of[fields.group].closed
  local ref = fields.ref or fields.stream .. '/' .. fields.handler
  if redis.call('HGET', dead, ref) == id then remove_later('HDEL', dead, ref) end
  redis.call('XDEL', dlq, id)
  close_delivery(closed, 'EXPIRED', ref)
  log_line(log, 'expired', fields.group, fields.handler, fields.stream, fields.d, 'dlq', id)
end
remove_now()
return { 1, #letters }
`,
});
