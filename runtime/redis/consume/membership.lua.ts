import { typedScript } from '../connection/typed-script.js';
import { clock, streamIds } from '../store/prelude.lua.js';

/**
 * Registers a consumer and its handlers. A handler that is new to the group, or has another pattern, raises the version of
 * the group's set of handlers; every other process reads that set before it acknowledges anything more. `since` remembers
 * the group's position when a handler was new: the handler gets what was unfinished then and what comes later.
 *
 * Replies the version, then every handler of the group with what it accepts.
 */
export const registerScript = typedScript({
  name: 'register',
  keys: ['events', 'state', 'handlers', 'seen', 'consumers', 'alive', 'since'],
  args: ['group', 'consumer', 'description'],
  lists: { registered: { handler: 'arg', accepts: 'arg' } },
  uses: [clock, streamIds],
  reply: (reply) => reply as readonly string[],
  body: `
local now = as_text(now_ms())
local is_there = redis.call('EXISTS', events) == 1 and last_delivered(events, group)
local position
local changed = false
for _, own in ipairs(registered) do
  if redis.call('HEXISTS', since, own.handler) == 0 then
    position = position or is_there and finished_up_to(events, group) or redis.call('HGET', state, 'position') or '0-0'
    redis.call('HSET', since, own.handler, position)
  end
  if redis.call('HGET', handlers, own.handler) ~= own.accepts then
    redis.call('HSET', handlers, own.handler, own.accepts)
    changed = true
  end
  redis.call('HSET', seen, own.handler, now)
end
if changed then redis.call('HINCRBY', state, 'handlersVersion', 1) end
redis.call('HSET', consumers, consumer, description)
redis.call('ZADD', alive, now, consumer)
local reply = redis.call('HGETALL', handlers)
table.insert(reply, 1, redis.call('HGET', state, 'handlersVersion') or '0')
return reply
`,
});

/** Says that a consumer and its handlers are alive. */
export const heartbeatScript = typedScript({
  name: 'heartbeat',
  keys: ['seen', 'consumers', 'alive'],
  args: ['consumer', 'description'],
  lists: { handlers: 'arg' },
  uses: [clock],
  reply: Number,
  body: `
local now = as_text(now_ms())
redis.call('ZADD', alive, now, consumer)
redis.call('HSET', consumers, consumer, description)
for _, handler in ipairs(handlers) do redis.call('HSET', seen, handler, now) end
return 1
`,
});

/** Removes a consumer that closes from the registry. */
export const leaveScript = typedScript({
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
