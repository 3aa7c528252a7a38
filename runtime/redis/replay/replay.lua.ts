import { definePublishScript, defineScript } from '../connection/script.js';
import { streamIdFunctions } from '../store/stream-ids.lua.js';

/**
 * Notes a new replay and says so in the log; once, however often it is sent.
 *
 * KEYS  the replay's record, replays, log, event stream, then records of replays that may be old enough to go
 * ARGV  job id, plan as JSON, actor, first and last id of the range, log detail, how long records are kept in ms, then the
 *       job id of each of these records
 * The range ends with the stream's last entry at the latest, so that it never grows.
 */
export const createReplayScript = defineScript(
  'create-replay',
  `
${streamIdFunctions}
local record, replays, log, events = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if redis.call('EXISTS', record) == 1 then return 1 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local text = string.format('%.0f', now)
local from, to = ARGV[4], ARGV[5]
if redis.call('EXISTS', events) == 1 then
  local last = last_generated(events)
  if not is_before(to, last) then to = last end
  local first = redis.call('XRANGE', events, from, '+', 'COUNT', 1)[1]
  if first then from = first[1] end
end
redis.call('HSET', record, 'state', 'waiting', 'plan', ARGV[2], 'actor', ARGV[3], 'from', from, 'to', to, 'cursor', '', 'scanned', 0,
  'replayed', 0, 'unreadable', 0, 'created', text, 'updated', text)
redis.call('ZADD', replays, text, ARGV[1])
redis.call('XADD', log, '*', 'k', 'replayed', 'group', '*', 'handler', '*', 'stream', '0-0', 'd', ARGV[6], 'actor', ARGV[3])
for i = 8, #ARGV do
  local created = tonumber(redis.call('ZSCORE', replays, ARGV[i]))
  if created and created <= now - tonumber(ARGV[7]) then
    redis.call('ZREM', replays, ARGV[i])
    redis.call('DEL', KEYS[i - 3])
  end
end
return 1
`,
);

/**
 * Moves a replay from one state to another, where it is in one that allows it, and says so in the log.
 *
 * KEYS  the replay's record, log
 * ARGV  state, log kind, log detail, actor ('' for none), runner that alone may do it ('' for anyone), error ('' for none),
 *       then the states it may be in
 * Gives 1; 0 when its state or its runner is another; -1 when there is none.
 */
export const moveReplayScript = defineScript(
  'move-replay',
  `
local record, log = KEYS[1], KEYS[2]
local state = redis.call('HGET', record, 'state')
if not state then return -1 end
local allowed = false
for i = 7, #ARGV do if ARGV[i] == state then allowed = true end end
if not allowed or (ARGV[5] ~= '' and redis.call('HGET', record, 'runner') ~= ARGV[5]) then return 0 end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSET', record, 'state', ARGV[1], 'updated', now)
if ARGV[1] == 'waiting' then redis.call('HDEL', record, 'ended', 'error') else redis.call('HSET', record, 'ended', now) end
if ARGV[6] ~= '' then redis.call('HSET', record, 'error', ARGV[6]) end
local by = ARGV[4] == '' and {} or { 'actor', ARGV[4] }
redis.call('XADD', log, '*', 'k', ARGV[2], 'group', '*', 'handler', '*', 'stream', '0-0', 'd', ARGV[3], unpack(by))
return 1
`,
);

/**
 * Makes a runner the only one that may carry the replay out: whoever did before is refused from now on.
 *
 * KEYS  the replay's record;  ARGV  runner
 * Gives {plan, cursor, first id, last id}, or nothing when it neither waits nor runs.
 */
export const takeReplayScript = defineScript(
  'take-replay',
  `
local state, plan, cursor, from, to = unpack(redis.call('HMGET', KEYS[1], 'state', 'plan', 'cursor', 'from', 'to'))
if state ~= 'waiting' and state ~= 'running' then return false end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'state', 'running', 'runner', ARGV[1], 'updated', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
return { plan, cursor, from, to }
`,
);

/**
 * Hands one page on and notes how far the replay is, in one step: a page is never written twice, none is left out. May be
 * refused when Redis is out of memory.
 *
 * KEYS  the replay's record, replay stream
 * ARGV  runner, cursor before the page, cursor after it, entries looked at, entries that are no envelope, targets, then
 *       pairs (envelope, what its refs start with)
 * Gives 1, or 0 when the replay was cancelled, or has another runner or cursor.
 */
export const replayPageScript = definePublishScript(
  'replay-page',
  `
local record, stream = KEYS[1], KEYS[2]
local state, runner, cursor = unpack(redis.call('HMGET', record, 'state', 'runner', 'cursor'))
if state ~= 'running' or runner ~= ARGV[1] or cursor ~= ARGV[2] then return 0 end
for i = 7, #ARGV, 2 do
  redis.call('XADD', stream, '*', 'e', ARGV[i], 'b', ARGV[i + 1], 'to', ARGV[6])
end
local time = redis.call('TIME')
redis.call('HSET', record, 'cursor', ARGV[3], 'updated', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('HINCRBY', record, 'scanned', ARGV[4])
redis.call('HINCRBY', record, 'unreadable', ARGV[5])
redis.call('HINCRBY', record, 'replayed', (#ARGV - 6) / 2)
return 1
`,
);

/**
 * Removes entries of the replay stream that every group they are for has handled. What any group has not acknowledged stays.
 *
 * KEYS  replay stream;  ARGV  groups that replays are for
 * Gives how many entries are left.
 */
export const trimReplayScript = defineScript(
  'trim-replay',
  `
${streamIdFunctions}
local stream = KEYS[1]
if redis.call('EXISTS', stream) == 0 then return 0 end
local is_target, first_open = {}, nil
for _, group in ipairs(ARGV) do is_target[group] = true end
local function open_from(id) if not first_open or is_before(id, first_open) then first_open = id end end
for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local oldest = redis.call('XPENDING', stream, info[2])[2]
  if oldest then open_from(oldest) end
  if is_target[info[2]] then
    local ms, seq = string.match(field(info, 'last-delivered-id'), '^(%d+)-(%d+)$')
    open_from(ms .. '-' .. string.format('%.0f', tonumber(seq) + 1))
  end
end
if first_open then redis.call('XTRIM', stream, 'MINID', first_open) end
return redis.call('XLEN', stream)
`,
);

/**
 * Takes entries of a cancelled replay back that none of its groups has been delivered, the last ones first, and sets the
 * replay back to before them, so that a resumed one comes to them again.
 *
 * KEYS  the replay's record, replay stream
 * ARGV  id of the event that the replay goes on after, number of its groups, these groups, then ids of the entries
 * Gives how many were removed; 0 when the replay is not cancelled, or a group was delivered one of them meanwhile.
 */
export const takeBackReplayScript = defineScript(
  'take-back-replay',
  `
${streamIdFunctions}
local record, stream = KEYS[1], KEYS[2]
if redis.call('HGET', record, 'state') ~= 'cancelled' or redis.call('EXISTS', stream) == 0 then return 0 end
local first, is_target = 3 + tonumber(ARGV[2]), {}
for i = 3, first - 1 do is_target[ARGV[i]] = true end
for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  for i = first, #ARGV do
    if is_target[info[2]] and not is_before(field(info, 'last-delivered-id'), ARGV[i]) then return 0 end
  end
end
local removed = redis.call('XDEL', stream, unpack(ARGV, first))
redis.call('HSET', record, 'cursor', ARGV[1])
redis.call('HINCRBY', record, 'replayed', -removed)
return removed
`,
);
