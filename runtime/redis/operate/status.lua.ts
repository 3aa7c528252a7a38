import { defineScript } from '../connection/script.js';
import { streamIdFunctions } from '../store/stream-ids.lua.js';

/**
 * Lua: `places(base, handlers_from, reply)` adds for each handler of ARGV what Redis has of its delivery: id of
 * its dead letter, 1 when it is claimed, when its row is due, 1 when it is marked, 1 when it was discarded, 1 when it
 * expired, 1 when it has a row. KEYS from the second on: dead index, claims, rows, marks, closed, then
 * the due set of each of these handlers.
 */
const placesFunction = `
local function places(base, handlers_from, reply)
  local _, dead, claims, rows, marks, closed = unpack(KEYS)
  local function is_closed(how, what) return redis.call('ZSCORE', closed, how .. ' ' .. what) and 1 or 0 end
  for i = handlers_from, #ARGV do
    local ref = base .. '/' .. ARGV[i]
    local waits = redis.call('HEXISTS', rows, ref) == 1
    reply[#reply + 1] = {
      redis.call('HGET', dead, ref),
      redis.call('HEXISTS', claims, ref),
      waits and redis.call('ZSCORE', KEYS[7 + i - handlers_from], ref),
      redis.call('HEXISTS', marks, ref),
      is_closed('DISCARDED', ref),
      math.max(is_closed('EXPIRED', ref), is_closed('EXPIRED', base .. '/*')),
      waits and 1 or 0,
    }
  end
  return reply
end
`;

/**
 * Looks up where an event's deliveries stand in one group: in one step, so that a delivery on its way from one place to
 * another is seen in one of them. A script and no MULTI, which Redis refuses when it is out of memory.
 *
 * KEYS  event stream, dead index, claims, rows, marks, closed, then the due set of each handler
 * ARGV  group, stream id, then the handlers
 * Gives {id of the last entry handed out, how many of this one are pending, then what `places` gives of each handler}.
 */
export const statusScript = defineScript(
  'status',
  `
${streamIdFunctions}
${placesFunction}
local events, group, id = KEYS[1], ARGV[1], ARGV[2]
local reply = { last_delivered(events, group) or '0-0', #redis.call('XPENDING', events, group, id, id, 1) }
return places(id, 3, reply)
`,
);

/**
 * The same of an event's deliveries by a replay.
 *
 * KEYS  replay stream, dead index, claims, rows, marks, closed, then the due set of each handler
 * ARGV  group, what their refs start with, then the handlers
 * Gives {id of the first entry of the replay stream that the group has not finished, or nothing, then what `places` gives
 * of each handler}.
 */
export const replayStatusScript = defineScript(
  'replay-status',
  `
${streamIdFunctions}
${placesFunction}
local stream, group, first = KEYS[1], ARGV[1], false
if redis.call('EXISTS', stream) == 1 then
  local last = last_delivered(stream, group)
  local oldest = last and redis.call('XPENDING', stream, group)[2]
  local unread = redis.call('XRANGE', stream, '(' .. (last or '0-0'), '+', 'COUNT', 1)[1]
  first = oldest or unread and unread[1] or false
end
return places(ARGV[2], 3, { first })
`,
);
