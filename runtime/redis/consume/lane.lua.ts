import { typedScript } from '../connection/typed-script.js';
import { clock, logLine, streamIds } from '../store/prelude.lua.js';

/** What became of the group of a lane. */
interface GroupFound {
  /** `restored`: it was missing. `lost`: its state was missing too, with scheduled retries and unfinished events. */
  readonly kind: 'exists' | 'created' | 'restored' | 'lost';
  /** Where a group that was missing reads from. */
  readonly position: string | undefined;
}

/**
 * Creates the group where it does not exist: at its saved position, which is before everything unfinished; without one, at
 * the position that the consumer remembers; if the group is new, at `start_from`. A stream that was created anew is read
 * from its start. A group that an operator retired is back when a process joins it.
 *
 * `remembered` is empty when the consumer joins for the first time.
 */
export const ensureGroupScript = typedScript({
  name: 'ensure-group',
  keys: ['stream', 'state', 'groups', 'log'],
  args: ['group', 'startFrom', 'remembered'],
  uses: [clock, logLine, streamIds],
  reply: (reply): GroupFound => {
    const [kind, position] = String(reply).split(' ') as [GroupFound['kind'], string?];
    return { kind, position };
  },
  body: `
if remembered == '' and redis.call('HDEL', state, 'retiredAt') == 1 then
  log_line(log, 'group-returned', group, '*', '0-0', '{}')
end
redis.call('HSETNX', groups, group, as_text(now_ms()))
if redis.call('EXISTS', stream) == 1 and last_delivered(stream, group) then return 'exists' end
local last = last_generated(stream)
local saved = redis.call('HGET', state, 'position')
local known = saved or (remembered ~= '' and remembered)
local position = known or start_from
if position == '$' then position = last end
if known and is_before(last, known) then position = '0-0' end
redis.call('XGROUP', 'CREATE', stream, group, position, 'MKSTREAM')
redis.call('HSET', state, 'position', position)
if not known then return 'created' end
local detail = cjson.encode({ position = position, ledgersLost = not saved })
log_line(log, 'group-restored', group, '*', position, detail)
return (saved and 'restored ' or 'lost ') .. position
`,
});

/**
 * Renews the leases of the entries that a consumer works on, and saves the group's position: the last entry before
 * everything unfinished. `held_until`: until when no lease of the consumer can have ended, in Redis's milliseconds.
 * `lowest` and `highest` are empty when there are no ids.
 *
 * Replies the position, the ids that another consumer has, and those that are pending for no consumer although no lease can
 * have ended.
 */
export const renewScript = typedScript({
  name: 'renew',
  keys: ['stream', 'state'],
  args: ['group', 'consumer', 'heldUntil', 'lowest', 'highest'],
  lists: { ids: 'arg' },
  uses: [clock, streamIds],
  reply: (reply) => reply as readonly [position: string, lost: readonly string[], vanished: readonly string[]],
  body: `
local lost, vanished, renewed, mine = {}, {}, {}, {}
local is_held = now_ms() <= tonumber(held_until)
if lowest ~= '' then
  for _, entry in ipairs(redis.call('XPENDING', stream, group, lowest, highest, 100000, consumer)) do mine[entry[1]] = true end
end
for _, id in ipairs(ids) do
  if mine[id] then
    renewed[#renewed + 1] = id
  elseif not is_held or #redis.call('XPENDING', stream, group, id, id, 1) > 0 then
    lost[#lost + 1] = id
  else
    vanished[#vanished + 1] = id
  end
end
for i = 1, #renewed, 1000 do
  local some = { unpack(renewed, i, math.min(i + 999, #renewed)) }
  some[#some + 1] = 'JUSTID'
  redis.call('XCLAIM', stream, group, consumer, 0, unpack(some))
end
local position = finished_up_to(stream, group)
redis.call('HSET', state, 'position', position)
return { position, lost, vanished }
`,
});

/** An entry that was taken over. */
type TakenEntry = readonly [id: string, deliveryCount: number, fields: readonly string[], completed: readonly string[]];

/**
 * Takes over entries whose lease has expired: of consumers that died or stalled, and of this consumer where a reply was
 * lost. It leaves out the ids in `known`, which this consumer works on. In the replay stream, the field `b` of an entry is the
 * prefix of its deliveries. `max_bytes` limits the entries without the last.
 *
 * Replies the entries, and 1 where there may be more.
 */
export const takeOverScript = typedScript({
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
local room, taken, from = tonumber(max_bytes), {}, '-'
local function completed_of(prefix)
  local refs, completed = {}, {}
  if #names == 0 then return completed end
  for i, name in ipairs(names) do refs[i] = prefix .. '/' .. name end
  for i, mark in ipairs(redis.call('HMGET', completed_handlers, unpack(refs))) do
    if mark then completed[#completed + 1] = names[i] end
  end
  return completed
end
while #taken < limit and room > 0 do
  local page = redis.call('XPENDING', stream, group, 'IDLE', lease_ms, from, '+', 100)
  for _, row in ipairs(page) do
    local id, owner, count = row[1], row[2], row[4] + 1
    local is_quarantined = count >= quarantine_from
    local is_mine = owner == consumer and is_known[id]
    if #taken < limit and room > 0 and not is_mine and not (is_quarantined and quarantined_limit == 0) then
      if is_quarantined then quarantined_limit = quarantined_limit - 1 end
      local entry = redis.call('XCLAIM', stream, group, consumer, lease_ms, id)[1]
      if entry then
        local fields = entry[2]
        local prefix = is_replay == '1' and fields[3] == 'b' and fields[4] or id
        taken[#taken + 1] = { id, count, fields, completed_of(prefix) }
        for _, value in ipairs(fields) do room = room - #value end
      else
        redis.call('XACK', stream, group, id)
        log_line(log, 'lost', group, '*', id, '{"reason":"the entry is gone from the stream"}')
      end
    end
  end
  if #page < 100 then break end
  from = '(' .. page[#page][1]
end
return { taken, (#taken == limit or room <= 0) and 1 or 0 }
`,
});

/**
 * Gives back the entries that a closing consumer still holds, so that another takes them over at once, and removes the
 * consumer from the group when nothing is pending for it. Their last delivery does not count, because no process died.
 *
 * Replies how many entries were given back.
 */
export const releaseScript = typedScript({
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
