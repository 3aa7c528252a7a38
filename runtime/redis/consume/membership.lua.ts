import { defineScript } from '../connection/define-script.js';
import { clock, streamIds } from '../store/prelude.lua.js';

/**
 * Registers a consumer and its handlers. A handler that is new to the group, or has another pattern, increments the version
 * of the group's set of handlers; other processes see the mismatch at their next settle and read the set before they
 * acknowledge anything. `since` stores the group's position when a handler was new: the handler gets the events that were
 * unfinished at that time, and all later ones.
 *
 * A handler without order keeps the order that a process had within the last `ordered_ms`: during a deployment that adds or removes it, all
 * processes must treat the handler's key queues in the same way. The field `<handler>\0key` of `seen` has the time of the last such process.
 *
 * With `is_ordered` (1), entries that the group was delivered before do not enter key queues; for groups that had no ordered handler.
 *
 * Replies the version, then every handler of the group with what it accepts.
 */
export const registerScript = defineScript({
  name: 'register',
  keys: ['events', 'state', 'replay', 'replayState', 'handlers', 'seen', 'consumers', 'alive', 'since'],
  args: ['group', 'consumer', 'description', 'isOrdered', 'orderedMs'],
  lists: { registered: { handler: 'arg', accepts: 'arg' } },
  uses: [clock, streamIds],
  reply: (reply) => reply as readonly string[],
  body: `
local now = as_text(now_ms())
local exists = redis.call('EXISTS', events) == 1 and last_delivered(events, group)
local position
local changed = false
local function ordered_pattern(accepts) return string.match(accepts, '^(%S+) %S+ key$') end
local function keeps_order(own, current)
  if not current or ordered_pattern(own.accepts) then return false end
  local ordered_at = redis.call('HGET', seen, own.handler .. '\\0key')
  if not ordered_at or tonumber(ordered_at) < tonumber(now) - tonumber(ordered_ms) then return false end
  return ordered_pattern(current) == string.match(own.accepts, '^%S+')
end
for _, own in ipairs(registered) do
  if redis.call('HEXISTS', since, own.handler) == 0 then
    position = position or exists and finished_up_to(events, group) or redis.call('HGET', state, 'position') or '0-0'
    redis.call('HSET', since, own.handler, position)
  end
  local current = redis.call('HGET', handlers, own.handler)
  if current ~= own.accepts and not keeps_order(own, current) then
    redis.call('HSET', handlers, own.handler, own.accepts)
    changed = true
  end
  redis.call('HSET', seen, own.handler, now)
  if ordered_pattern(own.accepts) then redis.call('HSET', seen, own.handler .. '\\0key', now) end
end
local function start_queues(stream, of)
  if redis.call('EXISTS', stream) == 1 then
    redis.call('HSETNX', of, 'enteredTo', last_delivered(stream, group) or '0-0')
  end
end
if is_ordered == '1' then
  start_queues(events, state)
  start_queues(replay, replay_state)
end
if changed then redis.call('HINCRBY', state, 'handlersVersion', 1) end
redis.call('HSET', consumers, consumer, description)
redis.call('ZADD', alive, now, consumer)
local reply = redis.call('HGETALL', handlers)
table.insert(reply, 1, redis.call('HGET', state, 'handlersVersion') or '0')
return reply
`,
});

/**
 * Records that a consumer and its handlers are alive; `handlers` are fields of `seen`. `description` is empty if it has not changed since the last call. Replies
 * 0 if Redis then has none, because the consumer was removed as dead or Redis has lost data.
 */
export const heartbeatScript = defineScript({
  name: 'heartbeat',
  keys: ['seen', 'consumers', 'alive'],
  args: ['consumer', 'description'],
  lists: { handlers: 'arg' },
  uses: [clock],
  reply: Number,
  body: `
local now = as_text(now_ms())
if description ~= '' then redis.call('HSET', consumers, consumer, description)
elseif redis.call('HEXISTS', consumers, consumer) == 0 then return 0 end
redis.call('ZADD', alive, now, consumer)
for _, handler in ipairs(handlers) do redis.call('HSET', seen, handler, now) end
return 1
`,
});

/** Removes a closing consumer from the registry. */
export const leaveScript = defineScript({
  name: 'leave',
  keys: ['consumers', 'alive'],
  args: ['consumer'],
  reply: Number,
  body: `
redis.call('HDEL', consumers, consumer)
redis.call('ZREM', alive, consumer)
return 1
`,
});
