import { defineScript } from '../connection/define-script.js';
import { clock, logLine, streamIds } from '../store/prelude.lua.js';

/**
 * Records a new replay in one partition; idempotent. It writes a line in the log, unless `detail` is empty. Its range ends with the stream's last entry at the latest, so
 * that it never grows. `old` are records that are removed if their retention has expired.
 */
export const createReplayScript = defineScript({
  name: 'create-replay',
  keys: ['record', 'replays', 'log', 'events'],
  args: ['jobId', 'plan', 'actor', 'firstId', 'lastId', 'detail', 'retentionMs'],
  lists: { old: { record: 'key', jobId: 'arg' } },
  uses: [clock, logLine, streamIds],
  reply: Number,
  body: `
if redis.call('EXISTS', record) == 1 then return 1 end
local now = now_ms()
local from, to = first_id, last_id
if redis.call('EXISTS', events) == 1 then
  local last = last_generated(events)
  if not is_before(to, last) then to = last end
  local first = redis.call('XRANGE', events, from, '+', 'COUNT', 1)[1]
  if first then from = first[1] end
end
redis.call('HSET', record, 'state', 'waiting', 'plan', plan, 'actor', actor, 'from', from, 'to', to, 'cursor', '',
  'scanned', 0, 'replayed', 0, 'unreadable', 0, 'created', as_text(now), 'updated', as_text(now))
redis.call('ZADD', replays, as_text(now), job_id)
if detail ~= '' then log_line(log, 'replayed', '*', '*', '0-0', detail, 'actor', actor) end
for _, other in ipairs(old) do
  local old_record = other.record
  local created = tonumber(redis.call('ZSCORE', replays, other.job_id))
  if created and created <= now - tonumber(retention_ms) then
    redis.call('ZREM', replays, other.job_id)
    redis.call('DEL', old_record)
  end
end
return 1
`,
});

/**
 * Moves the record of a replay to another state if its state is one of `allowed`. `kind` is the kind of the line in the log,
 * empty for none; `actor` is empty if no person did it, `runner` if any process may do it, `failure` if there is none.
 *
 * Replies 1; 0 when the replay has another state or another runner; -1 when it does not exist.
 */
export const moveReplayScript = defineScript({
  name: 'move-replay',
  keys: ['record', 'log'],
  args: ['state', 'kind', 'detail', 'actor', 'runner', 'failure'],
  lists: { allowed: 'arg' },
  uses: [clock, logLine],
  reply: Number,
  body: `
local before = redis.call('HGET', record, 'state')
if not before then return -1 end
local is_allowed = false
for _, each in ipairs(allowed) do if each == before then is_allowed = true end end
if not is_allowed or (runner ~= '' and redis.call('HGET', record, 'runner') ~= runner) then return 0 end
local now = as_text(now_ms())
redis.call('HSET', record, 'state', state, 'updated', now)
if state == 'waiting' then redis.call('HDEL', record, 'ended', 'error') else redis.call('HSET', record, 'ended', now) end
if failure ~= '' then redis.call('HSET', record, 'error', failure) end
local by = actor == '' and {} or { 'actor', actor }
if kind ~= '' then log_line(log, kind, '*', '*', '0-0', detail, unpack(by)) end
return 1
`,
});

/**
 * Makes a runner the only one that may run the replay in this partition: the previous runner is refused from then on.
 * `is_part` is 1 for a record whose state follows the one in partition 0.
 *
 * Replies plan, cursor, first and last id, or nothing when the replay is not waiting or running, or does not exist.
 */
export const takeReplayScript = defineScript({
  name: 'take-replay',
  keys: ['record'],
  args: ['runner', 'isPart'],
  uses: [clock],
  reply: (reply) => reply as readonly [plan: string, cursor: string, from: string, to: string] | null,
  body: `
local state, plan, cursor, from, to = unpack(redis.call('HMGET', record, 'state', 'plan', 'cursor', 'from', 'to'))
if not state or (is_part ~= '1' and state ~= 'waiting' and state ~= 'running') then return false end
redis.call('HDEL', record, 'ended', 'error')
redis.call('HSET', record, 'state', 'running', 'runner', runner, 'updated', as_text(now_ms()))
return { plan, cursor, from, to }
`,
});

/**
 * Writes one page to the replay stream and updates the cursor of the replay in one step: no page is written twice or
 * omitted. Redis refuses it when it is out of memory. `prefix` is the prefix of the refs of an event's deliveries.
 *
 * Replies 1, or 0 when the replay was cancelled, or has another runner or cursor.
 */
export const replayPageScript = defineScript({
  name: 'replay-page',
  mode: 'publish',
  keys: ['record', 'stream'],
  args: ['runner', 'cursor', 'nextCursor', 'scanned', 'unreadable', 'targets'],
  lists: { page: { json: 'arg', prefix: 'arg' } },
  uses: [clock],
  reply: Number,
  body: `
local state, own_runner, at = unpack(redis.call('HMGET', record, 'state', 'runner', 'cursor'))
if state ~= 'running' or own_runner ~= runner or at ~= cursor then return 0 end
for _, event in ipairs(page) do
  redis.call('XADD', stream, '*', 'e', event.json, 'b', event.prefix, 'to', targets)
end
redis.call('HSET', record, 'cursor', next_cursor, 'updated', as_text(now_ms()))
redis.call('HINCRBY', record, 'scanned', scanned)
redis.call('HINCRBY', record, 'unreadable', unreadable)
redis.call('HINCRBY', record, 'replayed', #page)
return 1
`,
});

/**
 * Removes entries of the replay stream that all their target groups have handled. Entries that a group has not acknowledged
 * stay. Replies the number of remaining entries.
 */
export const trimReplayScript = defineScript({
  name: 'trim-replay',
  keys: ['stream'],
  args: [],
  lists: { groups: 'arg' },
  uses: [streamIds],
  reply: Number,
  body: `
if redis.call('EXISTS', stream) == 0 then return 0 end
local is_target, first_open = {}, nil
for _, group in ipairs(groups) do is_target[group] = true end
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
});

/**
 * Removes entries of a cancelled replay that were not delivered to any of its groups, the last ones first, and moves the
 * cursor of the replay before them, so that they are delivered if it is resumed.
 *
 * Replies the number of removed entries; 0 when the replay is not cancelled, or one of them was delivered in the meantime.
 */
export const takeBackReplayScript = defineScript({
  name: 'take-back-replay',
  keys: ['record', 'stream'],
  args: ['cursor'],
  lists: { groups: 'arg', ids: 'arg' },
  uses: [streamIds],
  reply: Number,
  body: `
if redis.call('HGET', record, 'state') ~= 'cancelled' or redis.call('EXISTS', stream) == 0 then return 0 end
local is_target = {}
for _, group in ipairs(groups) do is_target[group] = true end
for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  for _, id in ipairs(ids) do
    if is_target[info[2]] and not is_before(field(info, 'last-delivered-id'), id) then return 0 end
  end
end
local removed = redis.call('XDEL', stream, unpack(ids))
redis.call('HSET', record, 'cursor', cursor)
redis.call('HINCRBY', record, 'replayed', -removed)
return removed
`,
});
