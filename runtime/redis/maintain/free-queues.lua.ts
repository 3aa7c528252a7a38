import { defineScript } from '../connection/define-script.js';
import { keyQueues, orderedHandlers, orderFacts } from '../store/key-queues.lua.js';
import { placeholderIn } from '../store/placeholder.lua.js';
import { clock, logLine, removals } from '../store/prelude.lua.js';

/**
 * Frees key queues whose head has ended without leaving: its entry was lost or has expired, its dead letter has expired, or a process
 * whose build does not know key queues has handled it. Such a head leaves, with a line in the log. Queues of handlers that are not
 * ordered any more are dissolved: all their deliveries are due now.
 *
 * `holds` is 1 if a dead letter of the handler stays the head, or if it is not known.
 *
 * A queue whose head is still in the parent partition is not freed: see `Inheritance`.
 *
 * A head of a replay is freed only if the group has nothing unfinished in the replay stream.
 *
 * Examines about `limit` heads from `cursor` on, and at most `limit` deliveries leave; then it replies the same cursor again. Replies the
 * next cursor, whether all heads were examined, the number of freed heads, and the number of deliveries that are due now.
 */
export const freeQueuesScript = defineScript({
  name: 'free-queues',
  keys: [
    'heads',
    'waiting',
    'retries',
    'dead',
    'completedHandlers',
    'handlers',
    'stream',
    'replay',
    'log',
    'inherited',
  ],
  args: ['group', 'cursor', 'limit'],
  lists: { named: { due: 'key', handler: 'arg', holds: 'arg' }, parked: { set: 'key', handler: 'arg' } },
  uses: [clock, logLine, removals, orderFacts, orderedHandlers, keyQueues, placeholderIn],
  reply: (reply) => reply as readonly [cursor: string, isLast: 0 | 1, freed: number, due: number],
  body: `
local is_ordered, due_of, holds, now = {}, {}, {}, as_text(now_ms())
local registrations = redis.call('HGETALL', handlers)
for _, is_replay in ipairs({ false, true }) do
  for _, handler in ipairs(ordered_handlers(registrations, is_replay)) do is_ordered[handler.name] = true end
end
for _, each in ipairs(named) do due_of[each.handler], holds[each.handler] = each.due, each.holds == '1' end
local queues, freed, made_due, left = open_queues(heads, waiting), 0, 0, tonumber(limit)
local function has_pending(key, id)
  if redis.call('EXISTS', key) == 0 then return false end
  if id then return #redis.call('XPENDING', key, group, id, id, 1) > 0 end
  return redis.call('XPENDING', key, group)[1] > 0
end
local function is_unfinished(ref, handler)
  if redis.call('HEXISTS', retries, ref) == 1 then return true end
  if holds[handler] and redis.call('HEXISTS', dead, ref) == 1 then return true end
  if redis.call('HEXISTS', completed_handlers, ref) == 1 then return false end
  local prefix = string.sub(ref, 1, -#handler - 2)
  if string.find(prefix, '^%d+%-%d+$') then return has_pending(stream, prefix) end
  return string.find(prefix, '@', 1, true) and has_pending(replay)
end
local function is_scheduled(ref, handler)
  if redis.call('ZSCORE', due_of[handler], ref) then return true end
  for _, each in ipairs(parked) do
    if each.handler == handler and redis.call('ZSCORE', each.set, ref) then return true end
  end
  return false
end
local function make_due(ref, handler)
  if redis.call('HEXISTS', retries, ref) == 0 or is_scheduled(ref, handler) then return end
  redis.call('ZADD', due_of[handler], now, ref)
  made_due = made_due + 1
end
local page = redis.call('HSCAN', heads, cursor, 'COUNT', limit)
for i = 1, #page[2], 2 do
  local queue, ref = page[2][i], page[2][i + 1]
  local handler = string.match(queue, '^[^%z]*')
  local placeholder = placeholder_in(redis.call('HGET', inherited, queue))
  if placeholder and not is_ordered[handler] then remove_later('HDEL', inherited, queue) end
  -- The due set of a handler that was registered meanwhile was not passed: the next round examines its queues.
  local is_known = due_of[handler] or not is_ordered[handler]
  while ref and is_known and left > 0 do
    if is_ordered[handler] and ref == placeholder then
      break
    elseif is_ordered[handler] and is_unfinished(ref, handler) then
      make_due(ref, handler)
      break
    elseif is_ordered[handler] then
      local detail = '{"reason":"the head of a key queue had ended without leaving it"}'
      log_line(log, 'queue-freed', group, handler, string.match(ref, '^[^/@]*'), detail)
      freed = freed + 1
    elseif due_of[handler] then
      make_due(ref, handler)
    end
    left = left - 1
    ref = queues.leave(queue, ref)
  end
end
queues.save()
remove_now()
if left == 0 then return { cursor, 0, freed, made_due } end
return { page[1], page[1] == '0' and 1 or 0, freed, made_due }
`,
});
