import { defineScript } from '../connection/script.js';
import { bumpFunction } from '../statistics/count.lua.js';
import { dueSetsFunction } from '../store/due-sets.lua.js';

/**
 * Records how deliveries ended, and acknowledges in the same step what is finished: all the settles of one tick.
 *
 * Fenced: an entry counts only while it is pending for this consumer under the number of deliveries it was read with, a
 * row only under the claim it was taken with. What another process has taken over meanwhile is refused and left alone,
 * and a call sent twice changes nothing the second time. An entry that is pending for no consumer although no lease can have ended
 * (its consumer was deleted, or somebody acknowledged it) is still this consumer's: no other process has its outcome.
 *
 * KEYS  event or replay stream, group's state, marks, rows, claims, dead index, dead letters, log, ahead, counters of the minute,
 *       of the hour, then the due set of each handler that a `schedule` or a row names, and of each name of a `park`
 * ARGV  group, consumer, version of the handler set, prefix of the due sets, until when no lease can have ended (Redis ms; 0
 *       when this may have been sent before),
 *       lowest and highest entry id named below, number of plain acknowledgements of entries that were handed out once, and
 *       their ids by space, number of those of others, then (id, deliveries) each,
 *       number of entries, then for each: id, what its refs start with, stream id of its event, deliveries,
 *       final (1 or 0), number of marks to drop, their handlers, and operations,
 *       number of rows, then for each: ref, claim, stream id, and operations,
 *       pairs (counter, how many) to the end
 *       operations: their number, then each: kind, handler and four values:
 *         done      log detail ('' logs nothing), -, -, -
 *         schedule  row as JSON, delay in ms, log detail, log kind
 *         dead      reason, what it tells about the failure as JSON, log detail, envelope
 *         note      log detail, log kind, -, -
 *         park      row as JSON, name of the set of parked deliveries, log detail, -
 * A park counts no run and takes none away: what was counted before this delivery stays, in the claims.
 * Gives {1, refused ids and refs, due times (Redis ms) of what was scheduled}, or {0} when the group's set of handlers
 * has changed: nothing was done then. Counts nothing where something is refused: the caller knows what is left to count.
 */
export const settleScript = defineScript(
  'settle',
  `
${bumpFunction}
${dueSetsFunction}
local events, state, marks, rows, claims, dead, dlq, log, ahead = unpack(KEYS, 1, 9)
local group, consumer = ARGV[1], ARGV[2]
if (redis.call('HGET', state, 'handlersVersion') or '0') ~= ARGV[3] then return { 0 } end
local due_of = #KEYS > 11 and due_sets(12, ARGV[4])

local at = 8
local function take()
  local value = ARGV[at]
  at = at + 1
  return value
end

local refused, dues, now = {}, {}, nil
local function clock()
  if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return now
end

local pending
local function is_mine(id, deliveries)
  if pending and pending[id] == tonumber(deliveries) then return true end
  local found = redis.call('XPENDING', events, group, id, id, 1)[1]
  if not found then return clock() <= tonumber(ARGV[5]) end
  return found[2] == consumer and tostring(found[4]) == deliveries
end

local function note(kind, ref_stream, handler, detail, ...)
  redis.call('XADD', log, '*', 'k', kind, 'group', group, 'handler', handler, 'stream', ref_stream, 'd', detail, ...)
end

local function apply(stream, ref_of, entry_open, row, runs_before)
  local is_parked = false
  for _ = 1, tonumber(take()) do
    local kind, handler, a, b, c, d = take(), take(), take(), take(), take(), take()
    local ref = ref_of(handler)
    if kind == 'done' then
      if a ~= '' then note('completed', stream, handler, a) end
      if entry_open then redis.call('HSET', marks, ref, '1') end
      if row then
        redis.call('HDEL', rows, ref)
        redis.call('ZREM', due_of[handler], ref)
      end
    elseif kind == 'schedule' then
      local due = clock() + tonumber(b)
      redis.call('HSET', rows, ref, a)
      redis.call('ZADD', due_of[handler], string.format('%.0f', due), ref)
      note(d, stream, handler, c, 'due', string.format('%.0f', due))
      dues[#dues + 1] = string.format('%.0f', due)
      if entry_open then redis.call('HSET', marks, ref, '1') end
    elseif kind == 'dead' then
      local id = redis.call('XADD', dlq, '*', 'group', group, 'handler', handler, 'stream', stream, 'reason', a, 'd', b, 'e', d, 'ref', ref)
      redis.call('HSET', dead, ref, id)
      note('dead', stream, handler, c, 'dlq', id, 'reason', a)
      if entry_open then redis.call('HSET', marks, ref, '1') end
      if row then
        redis.call('HDEL', rows, ref)
        redis.call('ZREM', due_of[handler], ref)
      end
    elseif kind == 'park' then
      local at_ms = string.format('%.0f', clock())
      redis.call('HSET', rows, ref, a)
      redis.call('ZADD', due_of[b], at_ms, ref)
      if row then redis.call('ZREM', due_of[handler], ref) end
      if runs_before > 0 then redis.call('HSET', claims, ref, string.format('%d|', runs_before)) end
      -- Every process reads the names again when the group's set of handlers changes.
      if redis.call('HSETNX', ahead, b, at_ms) == 1 then redis.call('HINCRBY', state, 'handlersVersion', 1) end
      note('parked', stream, handler, c)
      if entry_open then redis.call('HSET', marks, ref, '1') end
      is_parked = true
    else
      note(b, stream, handler, a)
      if entry_open then redis.call('HSET', marks, ref, '1') end
      if row then
        redis.call('HDEL', rows, ref)
        redis.call('ZREM', due_of[handler], ref)
      end
    end
  end
  return is_parked
end

local function skip()
  -- First taken, then counted on: in one expression Lua reads the place before the call that moves it.
  local operations = tonumber(take())
  at = at + 6 * operations
end

local acks = {}
local once, once_ids, plain = tonumber(take()), take(), tonumber(take())
if once + plain > 4 then
  pending = {}
  for _, row in ipairs(redis.call('XPENDING', events, group, ARGV[6], ARGV[7], 100000, consumer)) do
    pending[row[1]] = row[4]
  end
end
for id in string.gmatch(once_ids, '%S+') do
  if is_mine(id, '1') then acks[#acks + 1] = id else refused[#refused + 1] = id end
end
for _ = 1, plain do
  local id, deliveries = take(), take()
  if is_mine(id, deliveries) then acks[#acks + 1] = id else refused[#refused + 1] = id end
end
for _ = 1, tonumber(take()) do
  local id, base, stream, deliveries, final, drop = take(), take(), take(), take(), take() == '1', {}
  for _ = 1, tonumber(take()) do drop[#drop + 1] = base .. '/' .. take() end
  if is_mine(id, deliveries) then
    apply(stream, function(handler) return base .. '/' .. handler end, not final, false, tonumber(deliveries) - 1)
    if final then
      acks[#acks + 1] = id
      if #drop > 0 then redis.call('HDEL', marks, unpack(drop)) end
    end
  else
    refused[#refused + 1] = id
    skip()
  end
end
for _ = 1, tonumber(take()) do
  local ref, claim, stream = take(), take(), take()
  if redis.call('HGET', claims, ref) == claim then
    local runs_before = tonumber(string.match(claim, '^%d+')) - 1
    local is_parked = apply(stream, function() return ref end, false, true, runs_before)
    if not (is_parked and runs_before > 0) then redis.call('HDEL', claims, ref) end
  else
    refused[#refused + 1] = ref
    skip()
  end
end
for i = 1, #acks, 1000 do
  redis.call('XACK', events, group, unpack(acks, i, math.min(i + 999, #acks)))
end
if #refused == 0 then
  while at < #ARGV do bump(KEYS[10], KEYS[11], take(), take()) end
end
return { 1, refused, dues }
`,
);
