import { defineScript } from '../connection/define-script.js';
import { orderFacts, queueNames } from '../store/key-queues.lua.js';
import { streamIds } from '../store/prelude.lua.js';

const keys = ['stream', 'dead', 'claims', 'retries', 'completedHandlers', 'closed', 'waiting'] as const;
const lists = { handlers: { due: 'key', name: 'arg' } } as const;

/**
 * Lua: `add_states(reply)` adds the state of each handler's delivery: id of its dead letter, 1 when its retry is claimed,
 * the due time of its retry, 1 when it is completed, 1 when it was discarded, 1 when it expired, 1 when it has a retry, 1 when it waits
 * in a key queue.
 */
const addStates = `
${orderFacts}
${queueNames}
local function waits(handler, ref, json)
  local queue, at = queue_of_retry(handler, ref, json)
  return queue and redis.call('ZSCORE', waiting, member_of(queue, ref, at)) and 1 or 0
end
-- A retry that is parked or was returned has only the number of its runs.
local function is_running(ref) return string.find(redis.call('HGET', claims, ref) or '', '|.') and 1 or 0 end
local function is_closed(how, ref) return redis.call('ZSCORE', closed, how .. ' ' .. ref) and 1 or 0 end
local function add_states(reply)
  for _, handler in ipairs(handlers) do
    local ref = prefix .. '/' .. handler.name
    local retry = redis.call('HGET', retries, ref)
    local due = retry and redis.call('ZSCORE', handler.due, ref)
    reply[#reply + 1] = {
      redis.call('HGET', dead, ref),
      is_running(ref),
      due,
      redis.call('HEXISTS', completed_handlers, ref),
      is_closed('DISCARDED', ref),
      math.max(is_closed('EXPIRED', ref), is_closed('EXPIRED', prefix .. '/*')),
      retry and 1 or 0,
      retry and not due and waits(handler.name, ref, retry) or 0,
    }
  end
  return reply
end
`;

/**
 * Reads the state of an event's deliveries in one group, in one step, so that a delivery that moves between states is not
 * missed. A script, not a MULTI, which Redis refuses when it is out of memory.
 *
 * Replies the id of the last delivered entry, 1 when the event's entry is pending, then the state of each handler.
 */
export const statusScript = defineScript({
  name: 'status',
  keys,
  args: ['group', 'prefix'],
  lists,
  uses: [streamIds],
  reply: (reply) => reply as readonly [last: string, pending: number, ...states: unknown[]],
  body: `${addStates}
local last = last_delivered(stream, group) or '0-0'
return add_states({ last, #redis.call('XPENDING', stream, group, prefix, prefix, 1) })
`,
});

/**
 * The same for the deliveries of an event by a replay.
 *
 * Replies the id of the first unfinished entry of the group in the replay stream, or nothing, then the state of each
 * handler.
 */
export const replayStatusScript = defineScript({
  name: 'replay-status',
  keys,
  args: ['group', 'prefix'],
  lists,
  uses: [streamIds],
  reply: (reply) => reply as readonly [first: string | null, ...states: unknown[]],
  body: `${addStates}
local first = false
if redis.call('EXISTS', stream) == 1 then
  local last = last_delivered(stream, group)
  local oldest = last and redis.call('XPENDING', stream, group)[2]
  local unread = redis.call('XRANGE', stream, '(' .. (last or '0-0'), '+', 'COUNT', 1)[1]
  first = oldest or unread and unread[1] or false
end
return add_states({ first })
`,
});
