import { defineEncodedScript } from '../connection/define-script.js';
import { keyQueues, orderFacts } from '../store/key-queues.lua.js';
import { bump, clock, deadLetter, logLine, removals, streamIds } from '../store/prelude.lua.js';
import type { ClaimReply } from './claim.lua.js';

/** `[0]`: the group's set of handlers has changed, and nothing was done. */
export type SettleReply =
  | readonly [
      1,
      refused: readonly string[],
      dues: readonly string[],
      handedOver: readonly ClaimReply[],
      /** Number of deliveries that waited in key queues before it, at most; -1 if it was not counted. */
      waiting: number,
    ]
  | readonly [0];

/**
 * Records the outcomes of deliveries and acknowledges the finished entries in one step, for all settles of one tick.
 *
 * Fenced: an entry is accepted only while it is pending for this consumer with the delivery count with which it was read; a
 * retry only with its claim. Deliveries that another process has taken over are refused and stay unchanged. A call that is sent
 * twice, the second time with 0 as `held_until`, changes nothing the second time: finished entries are then refused, and the marks
 * show which outcomes of the others were recorded. An entry that is pending for no consumer although no lease can have expired
 * (its consumer was deleted, or another client acknowledged it) still belongs to this consumer, because no other process can
 * have recorded an outcome; not if Redis has lost the read, because it is read again then. An entry of which Redis has lost an earlier outcome of this delivery, in a failover for example, is
 * refused: it stays pending, and what was lost is done again when its lease has expired.
 *
 * Parking does not count as a run. Runs that were counted before stay in `claims`.
 *
 * A delivery of an ordered handler leaves its key queue in the same step. The next one of the queue is claimed for this consumer, at
 * most `hand_over` in one call; any further one is due immediately.
 *
 * Replies the refused ids and refs, when the scheduled retries are due, in Redis's milliseconds, the claimed retries, and how many wait. If one is
 * refused, the script increments no counters; the caller then counts the accepted outcomes.
 */
export const settleScript = defineEncodedScript({
  name: 'settle',
  keys: [
    ...['stream', 'state', 'completedHandlers', 'retries', 'claims', 'dead', 'dlq', 'log', 'ahead'],
    ...['heads', 'waiting', 'minuteCounters', 'hourCounters'],
  ],
  args: [
    ...['group', 'consumer', 'handlersVersion', 'heldUntil', 'leaseMs', 'handOver', 'quarantineFrom'],
    ...['lowest', 'highest', 'fences', 'onceCount', 'onceIds'],
  ],
  uses: [clock, logLine, deadLetter, bump, removals, streamIds, orderFacts, keyQueues],
  reply: (reply) => reply as SettleReply,
  body: `
if (redis.call('HGET', state, 'handlersVersion') or '0') ~= handlers_version then return { 0 } end

local function take()
  local value = rest[arg_at]
  arg_at = arg_at + 1
  return value
end
local function take_set() return rest_keys[key_at + tonumber(take())] end

local refused, dues, now = {}, {}, nil
local function settled_at()
  now = now or now_ms()
  return now
end

local pending
local function is_mine(id, delivery_count)
  if pending and pending[id] == tonumber(delivery_count) then return true end
  local found = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if not found then return settled_at() <= tonumber(held_until) and was_read(stream, group, id) end
  return found[2] == consumer and tostring(found[4]) == delivery_count
end

local queues
local function opened()
  queues = queues or open_queues(heads, waiting)
  return queues
end
local handed_over, hand_overs_left = {}, tonumber(hand_over)
local function due_now(ref, set)
  local due = as_text(settled_at())
  redis.call('ZADD', set, due, ref)
  dues[#dues + 1] = due
end
local function leave_queue(queue, handler, ref, set, is_foreign)
  local next_ref = opened().leave(queue, ref)
  -- Without a stored retry, its entry is in flight or is taken over.
  local json = next_ref and redis.call('HGET', retries, next_ref)
  if not json then return end
  local runs = tonumber(string.match(redis.call('HGET', claims, next_ref) or '0|', '^%d+')) + 1
  if is_foreign or hand_overs_left == 0 or runs >= tonumber(quarantine_from) then return due_now(next_ref, set) end
  hand_overs_left = hand_overs_left - 1
  local claim = string.format('%d|%s', runs, consumer)
  redis.call('HSET', claims, next_ref, claim)
  redis.call('ZADD', set, as_text(settled_at() + tonumber(lease_ms)), next_ref)
  handed_over[#handed_over + 1] = { next_ref, claim, handler, json }
end

-- For a retry: its ref and its due set. For an entry: the prefix of its deliveries, and whether it has open handlers.
local function apply(origin, prefix, own_ref, own_set, is_open, runs_before)
  local count, is_parked, is_ended = tonumber(take()), false, false
  take()
  for _ = 1, count do
    local kind, handler, detail, in_queue = take(), take(), take(), take()
    local queue, queue_set = in_queue ~= '' and handler .. '\\0' .. in_queue, in_queue ~= '' and take_set()
    local ref = own_ref or prefix .. '/' .. handler
    local is_stored = false
    if kind == 'completed' then
      if detail ~= '' then log_line(log, 'completed', group, handler, origin, detail) end
    elseif kind == 'scheduled' then
      local log_kind, retry, delay_ms, set = take(), take(), take(), take_set()
      local due = as_text(settled_at() + tonumber(delay_ms))
      redis.call('HSET', retries, ref, retry)
      redis.call('ZADD', set, due, ref)
      log_line(log, log_kind, group, handler, origin, detail, 'due', due)
      dues[#dues + 1] = due
      is_stored = true
    elseif kind == 'waiting' then
      redis.call('HSET', retries, ref, take())
      -- The queue may have come to it meanwhile.
      if opened().take_place(queue, ref, origin) then due_now(ref, queue_set) end
      queue, is_stored = nil, true
    elseif kind == 'dead' then
      local reason, failure, envelope, names = take(), take(), take(), tonumber(take())
      dead_letter(dlq, dead, log, group, handler, origin, reason, failure, envelope, ref, detail)
      -- An event that the runtime could not read may be in the queues of these handlers, which this process may not have.
      local _, key
      if names > 0 then _, key = order_facts(envelope) end
      for _ = 1, names do
        local name, set = take(), take_set()
        local of = own_ref or prefix .. '/' .. name
        if key then leave_queue(queue_of(name, job_of(of), key), name, of, set, true) end
      end
    elseif kind == 'parked' then
      local retry, name, set = take(), take(), take_set()
      local parked_at = as_text(settled_at())
      redis.call('HSET', retries, ref, retry)
      redis.call('ZADD', set, parked_at, ref)
      if runs_before > 0 then redis.call('HSET', claims, ref, string.format('%d|', runs_before)) end
      -- Every process reads the names again when the group's set of handlers changes.
      if redis.call('HSETNX', ahead, name, parked_at) == 1 then redis.call('HINCRBY', state, 'handlersVersion', 1) end
      log_line(log, 'parked', group, handler, origin, detail)
      is_parked, is_stored = true, true
    else
      log_line(log, 'skipped', group, handler, origin, detail)
    end
    if is_open then redis.call('HSET', completed_handlers, ref, '1') end
    if queue then leave_queue(queue, handler, ref, queue_set) end
    is_ended = not is_stored
  end
  if not own_ref then return end
  if is_ended then remove_later('HDEL', retries, own_ref) end
  if is_ended or is_parked then remove_later('ZREM', own_set, own_ref) end
  if not (is_parked and runs_before > 0) then remove_later('HDEL', claims, own_ref) end
end

local function skip()
  take()
  -- Separate statements: in one expression, Lua may read arg_at before take() changes it.
  local values = tonumber(take())
  arg_at = arg_at + values
end

-- A call that was executed before has marked the handlers of an entry that is not finished.
local is_repeated = false
local function was_applied(prefix)
  if held_until ~= '0' or rest[arg_at] == '0' then return false end
  local handler = rest[arg_at + 3]
  return redis.call('HEXISTS', completed_handlers, prefix .. '/' .. handler) == 1
end

local acks = {}
local plain = tonumber(take())
if tonumber(fences) > 4 then
  pending = {}
  for _, entry in ipairs(redis.call('XPENDING', stream, group, lowest, highest, 100000, consumer)) do
    pending[entry[1]] = entry[4]
  end
end
for id in string.gmatch(once_ids, '%S+') do
  if is_mine(id, '1') then acks[#acks + 1] = id else refused[#refused + 1] = id end
end
for _ = 1, plain do
  local id, delivery_count = take(), take()
  if is_mine(id, delivery_count) then acks[#acks + 1] = id else refused[#refused + 1] = id end
end
for _ = 1, tonumber(take()) do
  local handler, set = take(), take_set()
  for _ = 1, tonumber(take()) do
    local id, in_queue = take(), take()
    if is_mine(id, '1') then
      acks[#acks + 1] = id
      leave_queue(handler .. '\\0' .. in_queue, handler, id .. '/' .. handler, set)
    else
      refused[#refused + 1] = id
    end
  end
end
for _ = 1, tonumber(take()) do
  local id, prefix, origin, delivery_count, is_final, done = take(), take(), take(), take(), take() == '1', {}
  local is_known = true
  for _ = 1, tonumber(take()) do
    done[#done + 1] = prefix .. '/' .. take()
    is_known = is_known and redis.call('HEXISTS', completed_handlers, done[#done]) == 1
  end
  if not is_final and was_applied(prefix) then
    is_repeated = true
    skip()
  elseif is_known and is_mine(id, delivery_count) then
    apply(origin, prefix, nil, nil, not is_final, tonumber(delivery_count) - 1)
    if is_final then
      acks[#acks + 1] = id
      for _, ref in ipairs(done) do remove_later('HDEL', completed_handlers, ref) end
    end
  else
    refused[#refused + 1] = id
    skip()
  end
end
local accepted = {}
for _ = 1, tonumber(take()) do
  local ref, claim, origin, set = take(), take(), take(), take_set()
  if not accepted[ref] and redis.call('HGET', claims, ref) == claim then
    accepted[ref] = true
    apply(origin, nil, ref, set, false, tonumber(string.match(claim, '^%d+')) - 1)
  else
    refused[#refused + 1] = ref
    skip()
  end
end
if queues then queues.save() end
remove_now()
for i = 1, #acks, 1000 do
  redis.call('XACK', stream, group, unpack(acks, i, math.min(i + 999, #acks)))
end
if #refused == 0 and not is_repeated then
  while arg_at < #rest do bump(minute_counters, hour_counters, take(), take()) end
end
return { 1, refused, dues, handed_over, queues and queues.count_waiting() or -1 }
`,
});
