import { defineScript } from '../connection/define-script.js';
import { clock, streamIds } from '../store/prelude.lua.js';
import { type MapFields, mapFields } from './partition-map.lua.js';

/** Marks that a growth is under way, if there is none and the map still has the epoch. Replies the fields of the map. */
export const beginGrowthScript = defineScript({
  name: 'begin-growth',
  keys: ['map'],
  args: ['epoch', 'target'],
  uses: [mapFields],
  reply: (reply) => reply as MapFields,
  body: `
if redis.call('HGET', map, 'epoch') == epoch then redis.call('HSETNX', map, 'growing', target) end
return map_fields(map)
`,
});

/** A group of a partition that was sealed. */
export interface SealedGroup {
  readonly name: string;
  /** Whether it is a group of the runtime; otherwise another program reads the stream with it. */
  readonly isRegistered: boolean;
}

/** A partition that accepts no more events of publishers with an earlier epoch. */
export interface SealedPartition {
  /** Id of the last entry of its stream when it was sealed; `0-0` if there was none. */
  readonly fence: string;
  readonly groups: readonly SealedGroup[];
}

/**
 * Seals a partition for an epoch: from now on it refuses the events of publishers that know an earlier one. A partition that is sealed
 * for this epoch or a later one is not changed.
 *
 * Replies its fence, and the names of its groups, each after `1` if it is a group of the runtime.
 */
export const sealScript = defineScript({
  name: 'seal',
  keys: ['partition', 'events', 'groups'],
  args: ['epoch', 'count'],
  uses: [clock, streamIds],
  reply: (reply): SealedPartition => {
    const [fence = '0-0', ...words] = reply as readonly string[];
    const groups: SealedGroup[] = [];
    for (let at = 0; at + 1 < words.length; at += 2) {
      groups.push({ name: words[at + 1] ?? '', isRegistered: words[at] === '1' });
    }
    return { fence, groups };
  },
  body: `
if tonumber(redis.call('HGET', partition, 'epoch') or '0') < tonumber(epoch) then
  redis.call('HSET', partition, 'epoch', epoch, 'count', count, 'fence', last_generated(events))
  redis.call('HSETNX', partition, 'bornAt', as_text(now_ms()))
end
local reply, is_registered = { redis.call('HGET', partition, 'fence') or '0-0' }, {}
local function add(mark, name)
  reply[#reply + 1] = mark
  reply[#reply + 1] = name
end
for _, name in ipairs(redis.call('HKEYS', groups)) do
  is_registered[name] = true
  add('1', name)
end
if redis.call('EXISTS', events) == 1 then
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', events)) do
    local name = field(info, 'name')
    if not is_registered[name] then add('0', name) end
  end
end
return reply
`,
});

/**
 * Opens a partition that a growth makes: it accepts the events of publishers with the new epoch. The ids of its entries are higher than
 * the fence of its parent, also if its server's clock is behind: the positions of a key's events stay in the order in which they were
 * published. Every group of its parent reads it from its first entry. `registered` are the groups of the runtime, with an empty `retired_at` if they are not retired; `others` are
 * groups of other programs. What exists is not changed. A partition that was opened before, or sealed for a later epoch, is not changed at
 * all: a process that was stopped meanwhile may name groups that have joined the parent since the growth, with a start position of their own.
 *
 * Replies 1, or 0 if the partition was sealed for a later epoch.
 */
export const openChildScript = defineScript({
  name: 'open-child',
  keys: ['partition', 'events', 'groups'],
  args: ['epoch', 'count', 'parent', 'parentFence'],
  lists: { registered: { state: 'key', group: 'arg', retiredAt: 'arg' }, others: 'arg' },
  uses: [clock, streamIds],
  reply: Number,
  body: `
local present, now = tonumber(redis.call('HGET', partition, 'epoch') or '0'), as_text(now_ms())
if present > tonumber(epoch) then return 0 end
if present < tonumber(epoch) then redis.call('HSET', partition, 'epoch', epoch, 'count', count) end
if redis.call('HSETNX', partition, 'parent', parent) == 0 then return 1 end
redis.call('HSET', partition, 'parentFence', parent_fence)
redis.call('HSETNX', partition, 'bornAt', now)
local function is_new(group)
  if redis.call('EXISTS', events) == 1 and last_delivered(events, group) then return false end
  redis.call('XGROUP', 'CREATE', events, group, '0', 'MKSTREAM')
  return true
end
for _, each in ipairs(registered) do
  if is_new(each.group) then
    redis.call('HSET', each.state, 'position', '0-0', 'inherits', parent_fence)
    if each.retired_at ~= '' then redis.call('HSET', each.state, 'retiredAt', each.retired_at) end
  end
  redis.call('HSETNX', groups, each.group, now)
end
for _, group in ipairs(others) do is_new(group) end
if redis.call('EXISTS', events) == 1 then
  if is_before(last_generated(events), parent_fence) then redis.call('XSETID', events, parent_fence) end
elseif parent_fence ~= '0-0' then
  -- Without groups: an empty stream, which has never had an entry.
  redis.call('XADD', events, 'MAXLEN', 0, parent_fence, 'e', '')
  redis.call('XSETID', events, parent_fence, 'ENTRIESADDED', 0)
end
return 1
`,
});

/**
 * Ends a growth to the next number of partitions, if the map still has the former epoch and its growth goes to this number or beyond it.
 * Replies the fields of the map.
 */
export const finishGrowthScript = defineScript({
  name: 'finish-growth',
  keys: ['map'],
  args: ['epoch', 'count'],
  uses: [clock, mapFields],
  reply: (reply) => reply as MapFields,
  body: `
local target = tonumber(redis.call('HGET', map, 'growing') or '0')
if redis.call('HGET', map, 'epoch') == epoch and target >= tonumber(count) then
  if target == tonumber(count) then redis.call('HDEL', map, 'growing') end
  local former, ended = redis.call('HGET', map, 'growths'), count .. '@' .. as_text(now_ms())
  redis.call('HSET', map, 'epoch', string.format('%d', epoch + 1), 'partitions', count,
    'growths', former and former .. ' ' .. ended or ended)
end
return map_fields(map)
`,
});
