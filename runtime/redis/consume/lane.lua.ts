import { defineScript } from '../connection/define-script.js';
import { clock, logLine, streamIds } from '../store/prelude.lua.js';

/** Result of creating the group of a lane. */
export interface EnsuredGroup {
  /** `restored`: the group was missing. `lost`: its state was missing too, with scheduled retries and unfinished events. */
  readonly kind: 'exists' | 'created' | 'restored' | 'lost';
  /** Start position of a group that was missing. */
  readonly position: string | undefined;
  /** For a created group: the number of entries after its start position. */
  readonly retained: number;
  /** Whether there may be more entries than `retained`: they are counted up to a limit, except from the first entry on. */
  readonly mayBeMore: boolean;
}

/**
 * Creates the group if it does not exist: at its saved position, which is before all unfinished entries; without one, at
 * the position that the consumer remembers; if the group is new, at `start_from`. A stream that was created again is read
 * from its beginning. A retired group becomes active again when a process joins it.
 *
 * `remembered` is empty when the consumer joins for the first time. Then a group that is new is refused with the error EPOCH if the
 * partition map has changed since the epoch that the process knows: a partition that was split since then would be read without its child, and
 * the child from another position. In a partition that a growth made, a new group has the same to do as a former one: see `Inheritance`.
 * If the stream there is missing, the ids of its entries will be higher than the fence of its parent, as after the growth.
 * All of this does not concern the replay stream, for which `epoch` is empty.
 *
 * Replies how the group was found, its start position, and the number of entries that a created group gets. Reading the stream
 * from a time on is limited to about 1,000 entries and 4 MB, because Redis runs nothing else in the meantime.
 */
export const ensureGroupScript = defineScript({
  name: 'ensure-group',
  keys: ['stream', 'state', 'groups', 'log', 'partition'],
  args: ['group', 'startFrom', 'remembered', 'epoch'],
  uses: [clock, logLine, streamIds],
  reply: (reply): EnsuredGroup => {
    const [kind, position, retained = '0', more] = String(reply).split(' ') as [EnsuredGroup['kind'], ...string[]];
    return { kind, position, retained: Number(retained), mayBeMore: more === 'more' };
  },
  body: `
local function retained_after(id)
  if tonumber((string.gsub(id, '-', ''))) == 0 then return redis.call('XLEN', stream) .. ' all' end
  local count, bytes, from = 0, 0, '(' .. (string.find(id, '-') and id or id .. '-0')
  while count < 1000 and bytes < 4000000 do
    local page = redis.call('XRANGE', stream, from, '+', 'COUNT', 20)
    count = count + #page
    if #page < 20 then return count .. ' all' end
    for _, entry in ipairs(page) do
      for _, value in ipairs(entry[2]) do bytes = bytes + #value end
    end
    from = '(' .. page[#page][1]
  end
  return count .. ' more'
end
-- Removed last: without \`retiredAt\` the state may be empty, and then the script may not use it again.
local function end_retirement()
  if remembered == '' and redis.call('HDEL', state, 'retiredAt') == 1 then
    log_line(log, 'group-returned', group, '*', '0-0', '{}')
  end
end
local exists = redis.call('EXISTS', stream) == 1 and last_delivered(stream, group)
local saved = not exists and redis.call('HGET', state, 'position')
local known = saved or (remembered ~= '' and remembered)
if not exists and not known and epoch ~= '' then
  local present = redis.call('HGET', partition, 'epoch')
  if present and tonumber(present) > tonumber(epoch) then
    return redis.error_reply('EPOCH the partition map has changed; its epoch is ' .. present)
  end
end
redis.call('HSETNX', groups, group, as_text(now_ms()))
if exists then
  end_retirement()
  return 'exists'
end
local last = last_generated(stream)
local position = known or start_from
if position == '$' then position = last end
if known and is_before(last, known) then position = '0-0' end
redis.call('XGROUP', 'CREATE', stream, group, position, 'MKSTREAM')
redis.call('HSET', state, 'position', position)
local parent_fence = epoch ~= '' and redis.call('HGET', partition, 'parentFence')
if parent_fence then
  if is_before(last, parent_fence) then redis.call('XSETID', stream, parent_fence) end
  if not known then redis.call('HSET', state, 'inherits', parent_fence) end
end
-- Entries that are delivered again enter their key queues again.
if redis.call('HEXISTS', state, 'enteredTo') == 1 then
  redis.call('HSET', state, 'enteredTo', string.find(position, '-') and position or position .. '-0')
end
end_retirement()
if not known then return 'created ' .. position .. ' ' .. retained_after(position) end
local detail = cjson.encode({ position = position, ledgersLost = not saved })
log_line(log, 'group-restored', group, '*', position, detail)
return (saved and 'restored ' or 'lost ') .. position
`,
});

/**
 * Renews the leases of a consumer's entries in flight, and saves the group's position: the last entry before all unfinished
 * entries. `lowest` and `highest` are empty when there are no ids.
 *
 * Replies the position, the ids of entries that another consumer has or will read, because Redis has lost their read, and of entries that are
 * pending for no consumer.
 */
export const renewScript = defineScript({
  name: 'renew',
  keys: ['stream', 'state'],
  args: ['group', 'consumer', 'lowest', 'highest'],
  lists: { ids: 'arg' },
  uses: [streamIds],
  reply: (reply) => reply as readonly [position: string, lost: readonly string[], unowned: readonly string[]],
  body: `
local lost, unowned, renewed, mine = {}, {}, {}, {}
if lowest ~= '' then
  for _, entry in ipairs(redis.call('XPENDING', stream, group, lowest, highest, 100000, consumer)) do mine[entry[1]] = true end
end
for _, id in ipairs(ids) do
  if mine[id] then
    renewed[#renewed + 1] = id
  elseif #redis.call('XPENDING', stream, group, id, id, 1) > 0 or not was_read(stream, group, id) then
    lost[#lost + 1] = id
  else
    unowned[#unowned + 1] = id
  end
end
for i = 1, #renewed, 1000 do
  local claim_args = { unpack(renewed, i, math.min(i + 999, #renewed)) }
  claim_args[#claim_args + 1] = 'JUSTID'
  redis.call('XCLAIM', stream, group, consumer, 0, unpack(claim_args))
end
local position = finished_up_to(stream, group)
redis.call('HSET', state, 'position', position)
return { position, lost, unowned }
`,
});

/** One entry in the reply of a take-over. */
type TakenEntry = readonly [id: string, deliveryCount: number, fields: readonly string[], completed: readonly string[]];

/**
 * Takes over entries whose lease has expired: entries of consumers that died or stalled, and of this consumer if a reply was
 * lost. It skips the ids in `known`, which are in flight in this consumer. In the replay stream, the field `b` of an entry is
 * the prefix of its deliveries. The size of all entries but the last is at most `max_bytes`.
 *
 * Replies the entries, and 1 if there may be more.
 */
export const takeOverScript = defineScript({
  name: 'take-over',
  keys: ['stream', 'completedHandlers', 'handlers', 'log'],
  args: ['group', 'consumer', 'leaseMs', 'limit', 'quarantinedLimit', 'quarantineFrom', 'isReplay', 'maxBytes'],
  lists: { known: 'arg' },
  uses: [logLine],
  reply: (reply) => reply as readonly [taken: readonly TakenEntry[], more: 0 | 1],
  body: `
local is_known, names = {}, redis.call('HKEYS', handlers)
for _, id in ipairs(known) do is_known[id] = true end
limit, quarantined_limit, quarantine_from = tonumber(limit), tonumber(quarantined_limit), tonumber(quarantine_from)
local bytes_left, taken, from = tonumber(max_bytes), {}, '-'
local function completed_of(prefix)
  local refs, completed = {}, {}
  if #names == 0 then return completed end
  for i, name in ipairs(names) do refs[i] = prefix .. '/' .. name end
  for i, mark in ipairs(redis.call('HMGET', completed_handlers, unpack(refs))) do
    if mark then completed[#completed + 1] = names[i] end
  end
  return completed
end
while #taken < limit and bytes_left > 0 do
  local page = redis.call('XPENDING', stream, group, 'IDLE', lease_ms, from, '+', 100)
  for _, row in ipairs(page) do
    local id, owner, count = row[1], row[2], row[4] + 1
    local is_quarantined = count >= quarantine_from
    local is_mine = owner == consumer and is_known[id]
    if #taken < limit and bytes_left > 0 and not is_mine and not (is_quarantined and quarantined_limit == 0) then
      if is_quarantined then quarantined_limit = quarantined_limit - 1 end
      local entry = redis.call('XCLAIM', stream, group, consumer, lease_ms, id)[1]
      if entry then
        local fields = entry[2]
        local prefix = is_replay == '1' and fields[3] == 'b' and fields[4] or id
        taken[#taken + 1] = { id, count, fields, completed_of(prefix) }
        for _, value in ipairs(fields) do bytes_left = bytes_left - #value end
      else
        redis.call('XACK', stream, group, id)
        log_line(log, 'lost', group, '*', id, '{"reason":"the entry is no longer in the stream"}')
      end
    end
  end
  if #page < 100 then break end
  from = '(' .. page[#page][1]
end
return { taken, (#taken == limit or bytes_left <= 0) and 1 or 0 }
`,
});

/**
 * Returns the pending entries of a closing consumer to the group, so that another consumer takes them over immediately, and
 * removes the consumer from the group if it has no pending entries. Their last delivery does not count, because no process
 * died.
 *
 * Replies the number of returned entries.
 */
export const releaseScript = defineScript({
  name: 'release',
  keys: ['stream'],
  args: ['group', 'consumer', 'leaseMs'],
  reply: Number,
  body: `
local pending = redis.call('XPENDING', stream, group, '-', '+', 100000, consumer)
for _, row in ipairs(pending) do
  local count = math.max(0, row[4] - 1)
  redis.call('XCLAIM', stream, group, consumer, 0, row[1], 'IDLE', lease_ms, 'RETRYCOUNT', count, 'JUSTID')
end
if #pending == 0 then redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer) end
return #pending
`,
});
