import { defineScript } from '../connection/define-script.js';
import { streamIds } from '../store/prelude.lua.js';

const keys = ['stream', 'dead', 'claims', 'retries', 'completedHandlers', 'closed'] as const;
const lists = { handlers: { due: 'key', name: 'arg' } } as const;

/**
 * Lua: `add_places(reply)` adds for each handler what Redis has of its delivery: id of its dead letter, 1 when its retry is
 * claimed, when its retry is due, 1 when it is completed, 1 when it was discarded, 1 when it expired, 1 when it has a retry.
 */
const addPlaces = `
local function is_closed(how, what) return redis.call('ZSCORE', closed, how .. ' ' .. what) and 1 or 0 end
local function add_places(reply)
  for _, handler in ipairs(handlers) do
    local ref = prefix .. '/' .. handler.name
    local waits = redis.call('HEXISTS', retries, ref) == 1
    reply[#reply + 1] = {
      redis.call('HGET', dead, ref),
      redis.call('HEXISTS', claims, ref),
      waits and redis.call('ZSCORE', handler.due, ref),
      redis.call('HEXISTS', completed_handlers, ref),
      is_closed('DISCARDED', ref),
      math.max(is_closed('EXPIRED', ref), is_closed('EXPIRED', prefix .. '/*')),
      waits and 1 or 0,
    }
  end
  return reply
end
`;

/**
 * Looks up the deliveries of an event in one group, in one step: a delivery that moves from one place to another is seen in
 * one of them. A script and not a MULTI, which Redis refuses when it is out of memory.
 *
 * Replies the id of the last entry that was delivered, 1 when this one is pending, then what is known of each handler.
 */
export const statusScript = defineScript({
  name: 'status',
  keys,
  args: ['group', 'prefix'],
  lists,
  uses: [streamIds],
  reply: (reply) => reply as readonly [last: string, pending: number, ...places: unknown[]],
  body: `${addPlaces}
local last = last_delivered(stream, group) or '0-0'
return add_places({ last, #redis.call('XPENDING', stream, group, prefix, prefix, 1) })
`,
});

/**
 * The same for the deliveries of an event by a replay.
 *
 * Replies the id of the first entry of the replay stream that the group has not finished, or nothing, then what is known of
 * each handler.
 */
export const replayStatusScript = defineScript({
  name: 'replay-status',
  keys,
  args: ['group', 'prefix'],
  lists,
  uses: [streamIds],
  reply: (reply) => reply as readonly [first: string | null, ...places: unknown[]],
  body: `${addPlaces}
local first = false
if redis.call('EXISTS', stream) == 1 then
  local last = last_delivered(stream, group)
  local oldest = last and redis.call('XPENDING', stream, group)[2]
  local unread = redis.call('XRANGE', stream, '(' .. (last or '0-0'), '+', 'COUNT', 1)[1]
  first = oldest or unread and unread[1] or false
end
return add_places({ first })
`,
});
