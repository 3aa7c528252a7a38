import { decodeObject } from './prelude.lua.js';

// Lua for handlers with `order: 'key'`. The deliveries of one key to one handler are a key queue. Its head is the one that may run; the
// others wait, in the order of the stream. A queue has no entry while nothing of it is unfinished.
//
// The name of a queue is `<handler>\0<replay job>\0<tenant and key>`; the job is empty for live events, the last part is that of
// `orderingKeyOf`. A waiting delivery is `<queue>\0<padded stream id>\0<ref>`.

/**
 * Lua: `order_facts(json)`: type of an envelope, and its tenant and key in the form of `orderingKeyOf`; nothing if it has no type or no
 * tenant. Never fails.
 */
export const orderFacts = `
${decodeObject}
local function escaped(part)
  if not string.find(part, '[%%\\n%z]') then return part end
  return (string.gsub(part, '[%%\\n%z]', { ['%'] = '%25', ['\\n'] = '%0A', ['\\0'] = '%00' }))
end
local function order_facts(json)
  -- Fast path for envelopes that this SDK has written. In texts, quotes follow a backslash; the first objects within are after the tenant.
  local kind = string.match(json, '^{"id":"[^"\\\\]*","type":"([%w_.-]+)"')
  local _, at = string.find(json, ',"tenantId":"', 1, true)
  local tenant, after
  if kind and at and (string.find(json, '{', 2, true) or 0) > at then
    tenant, after = string.match(json, '^([^"\\\\]*)"()', at + 1)
  end
  if tenant then
    local key = string.match(json, '^,"key":"([^"\\\\]*)"', after)
    if key or not string.find(json, 'key"', after, true) then
      return kind, escaped(tenant) .. '\\n' .. escaped(key or tenant)
    end
  end
  local envelope = decode_object(json) or {}
  local kind, tenant = envelope.type, envelope.tenantId
  if type(kind) ~= 'string' or type(tenant) ~= 'string' then return end
  return kind, escaped(tenant) .. '\\n' .. escaped(type(envelope.key) == 'string' and envelope.key or tenant)
end
`;

/**
 * Lua: `ordered_handlers(registrations, is_replay)`: the handlers of a group's hash that are ordered by key and get live or replayed
 * events. `takes(handler, type)`: whether one of them accepts events of a type.
 */
export const orderedHandlers = `
local function ordered_handlers(registrations, is_replay)
  local found = {}
  for i = 1, #registrations, 2 do
    local pattern, replay, order = string.match(registrations[i + 1], '^(%S+) (%S+) (%S+)$')
    if order == 'key' and replay ~= (is_replay and 'skip' or 'only') then
      local prefix = pattern == '*' and '' or string.match(pattern, '^(.*%.)%*$')
      found[#found + 1] = { name = registrations[i], pattern = pattern, prefix = prefix }
    end
  end
  return found
end
local function takes(handler, kind)
  if handler.prefix then return string.sub(kind, 1, #handler.prefix) == handler.prefix end
  return handler.pattern == kind
end
`;

/**
 * Lua for the names of key queues. Needs `orderFacts`.
 * - `queue_of(handler, job, key)`: name of a queue. `job_of(ref)`: the replay job of a delivery, empty for a live one.
 * - `member_of(queue, ref, at)`: the member of a waiting delivery; nil if `at` does not start with a stream id.
 * - `queue_of_retry(handler, ref, json)`: name of the queue of a scheduled retry, and its stream id; nothing if it cannot be in one.
 */
export const queueNames = `
local function queue_of(handler, job, key) return handler .. '\\0' .. job .. '\\0' .. key end
local function job_of(ref) return string.match(ref, '^%d+%-%d+@([^/@]+)') or '' end
local function padded(part) return string.rep('0', 20 - #part) .. part end
local function member_of(queue, ref, at)
  local ms, seq = string.match(at, '^(%d+)%-(%d+)')
  return ms and queue .. '\\0' .. padded(ms) .. '-' .. padded(seq) .. '\\0' .. ref
end
local function queue_of_retry(handler, ref, json)
  local retry = decode_object(json) or {}
  local _, key = order_facts(type(retry.envelope) == 'string' and retry.envelope or json)
  local at = type(retry.queuedAs) == 'string' and retry.queuedAs or ref
  if key and string.find(at, '^%d+%-%d+') then return queue_of(handler, job_of(at), key), at end
end
`;

/**
 * Lua: `open_queues(heads, waiting)`: the key queues of a group, as a table. Needs `removals`.
 * - `take_place(queue, ref, at)`: true if the delivery is the head, or becomes it; else it waits at its place. `at` is its stream id.
 * - `leave(queue, ref)`: the delivery leaves its queue. Replies the ref of the delivery that becomes the head, if any.
 * - `leave_for_next(queue, ref, retries, due, now)`: the same; the retry of the next delivery is due now. Replies true if there is one.
 * - `replace(queue, ref, new_ref, at)`: another delivery takes the place of one that is the head or waits.
 * - `count_waiting()`: number of deliveries that waited when the first one left, and of those that wait since; nil if none has left.
 * - `save()`: to be called at the end of the script, before `remove_now()`.
 */
export const keyQueues = `
${queueNames}
local function open_queues(heads, waiting)
  local cache, changed, left, wait_count = {}, {}, {}, nil
  local function head_of(queue)
    local head = cache[queue]
    if head == nil then
      head = redis.call('HGET', heads, queue)
      cache[queue] = head
    end
    return head
  end
  local function set_head(queue, ref) cache[queue], changed[queue] = ref, true end
  local function take_place(queue, ref, at)
    local head = head_of(queue)
    if not head then set_head(queue, ref) end
    if not head or head == ref then return true end
    redis.call('ZADD', waiting, 0, member_of(queue, ref, at))
    if wait_count then wait_count = wait_count + 1 end
    return false
  end
  local function stop_waiting(member)
    left[member] = true
    remove_later('ZREM', waiting, member)
  end
  local function first_waiting(queue)
    wait_count = wait_count or redis.call('ZCARD', waiting)
    local offset = 0
    while wait_count > 0 do
      local from, to = '[' .. queue .. '\\0', '(' .. queue .. '\\1'
      local member = redis.call('ZRANGE', waiting, from, to, 'BYLEX', 'LIMIT', offset, 1)[1]
      if not member or not left[member] then return member end
      offset = offset + 1
    end
  end
  local function leave(queue, ref)
    if head_of(queue) ~= ref then
      local member = member_of(queue, ref, ref)
      if member then stop_waiting(member) end
      return
    end
    local member = first_waiting(queue)
    if member then stop_waiting(member) end
    -- After the queue, a separator, the padded stream id of 41 characters and another separator follows the ref.
    local next_ref = member and string.sub(member, #queue + 44)
    set_head(queue, next_ref or false)
    return next_ref
  end
  local function leave_for_next(queue, ref, retries, due, now)
    local next_ref = leave(queue, ref)
    if not next_ref or redis.call('HEXISTS', retries, next_ref) == 0 then return false end
    redis.call('ZADD', due, now, next_ref)
    return true
  end
  local function replace(queue, ref, new_ref, at)
    local member = member_of(queue, ref, at)
    if head_of(queue) == ref then
      set_head(queue, new_ref)
    elseif member and redis.call('ZSCORE', waiting, member) then
      redis.call('ZADD', waiting, 0, member_of(queue, new_ref, at))
      stop_waiting(member)
    end
  end
  local function count_waiting() return wait_count end
  local function save()
    local values = {}
    for queue in pairs(changed) do
      if cache[queue] then
        values[#values + 1] = queue
        values[#values + 1] = cache[queue]
      else
        remove_later('HDEL', heads, queue)
      end
    end
    for i = 1, #values, 1000 do redis.call('HSET', heads, unpack(values, i, math.min(i + 999, #values))) end
  end
  return {
    take_place = take_place, leave = leave, leave_for_next = leave_for_next, replace = replace,
    count_waiting = count_waiting, save = save,
  }
end
`;
