import { defineScript } from '../connection/define-script.js';
import { keyQueues, orderedHandlers, orderFacts } from '../store/key-queues.lua.js';
import { clock, removals, streamIds } from '../store/prelude.lua.js';

/** Which of the passed entries may not be handled, or not by every handler. */
export interface EnteredDeliveries {
  /** Number of deliveries of the group that wait in key queues of this partition. */
  readonly waiting: number;
  /** Entries that are no longer pending for this consumer. */
  readonly gone: readonly string[];
  /** Entry id → handlers whose delivery of it waits. */
  readonly waits: ReadonlyMap<string, readonly string[]>;
}

/**
 * Enters the deliveries of ordered handlers into their key queues. Entries that are new to the group are entered in the order of the
 * stream, those of other consumers too: a consumer that was delivered a later entry may make its call first. Entries that were taken
 * over are entered again at their place. Only entries that are pending are entered: one that is already settled would never leave.
 *
 * `own` are entries that this consumer was delivered, in ascending order. Their leases cannot have expired before `held_until`, in
 * Redis's milliseconds: an entry that is pending for no consumer until then is still this consumer's, unless Redis has lost the read. `kind` and `key` are those of
 * `order_facts` if the caller knows them; `kind` is empty otherwise. Without them, the entry is read from the stream.
 */
export const enterQueuesScript = defineScript({
  name: 'enter-queues',
  keys: ['stream', 'state', 'handlers', 'heads', 'waiting', 'completedHandlers'],
  args: ['group', 'consumer', 'isReplay', 'heldUntil'],
  lists: { own: { id: 'arg', kind: 'arg', key: 'arg' } },
  uses: [clock, streamIds, removals, orderFacts, orderedHandlers, keyQueues],
  reply: (reply): EnteredDeliveries => {
    const [waiting, gone, ...waits] = reply as readonly [number, readonly string[], ...(string | readonly string[])[]];
    const byId = new Map<string, readonly string[]>();
    for (let i = 0; i + 1 < waits.length; i += 2) byId.set(waits[i] as string, waits[i + 1] as readonly string[]);
    return { waiting, gone, waits: byId };
  },
  body: `
is_replay = is_replay == '1'
local queues = open_queues(heads, waiting)
local ordered = ordered_handlers(redis.call('HGETALL', handlers), is_replay)
local waits = {}
local targets_json, targets
local function is_target(json, name)
  if json ~= targets_json then
    targets_json, targets = json, {}
    local decoded = decode_object(json or '') or {}
    for _, each in ipairs(type(decoded.groups) == 'table' and decoded.groups or {}) do
      if each == group then targets.all = true end
    end
    for _, each in ipairs(type(decoded.handlers) == 'table' and decoded.handlers or {}) do
      if type(each) == 'table' and each.group == group then targets['=' .. tostring(each.handler)] = true end
    end
  end
  return targets.all or targets['=' .. name]
end
-- Kind and key of the envelope, as order_facts replies them.
local function enter(id, ref_prefix, job, kind, key, targeting, is_again)
  for _, handler in ipairs(ordered) do
    if takes(handler, kind) and (not is_replay or is_target(targeting, handler.name)) then
      local ref = ref_prefix .. '/' .. handler.name
      local is_settled = is_again and redis.call('HEXISTS', completed_handlers, ref) == 1
      if not is_settled and not queues.take_place(queue_of(handler.name, job, key), ref, ref_prefix) then
        waits[id] = waits[id] or {}
        table.insert(waits[id], handler.name)
      end
    end
  end
end
local known = {}
for _, each in ipairs(own) do known[each.id] = each end
local function enter_entry(id, is_again)
  local each = known[id]
  if each and each.kind ~= '' then return enter(id, id, '', each.kind, each.key, nil, is_again) end
  local entry = redis.call('XRANGE', stream, id, id)[1]
  local fields = entry and entry[2] or {}
  local prefix, job = id, ''
  if is_replay then
    prefix = fields[3] == 'b' and fields[4] or ''
    job = string.match(prefix, '^%d+%-%d+@([^/@]+)$')
  end
  if fields[1] ~= 'e' or not job then return end
  local kind, key = order_facts(fields[2])
  if kind then enter(id, prefix, job, kind, key, fields[6], is_again) end
end
local first, last = own[1].id, own[#own].id
local entered = redis.call('HGET', state, 'enteredTo') or id_before(first)
local owners = {}
if is_before(entered, last) then
  -- Entries of other consumers that are finished are not pending any more: they would never leave.
  local new = {}
  for _, row in ipairs(redis.call('XPENDING', stream, group, '(' .. entered, last, 100000)) do
    owners[row[1]] = row[2]
    new[#new + 1] = row[1]
  end
  local is_held, added = now_ms() <= tonumber(held_until), false
  for _, each in ipairs(own) do
    if is_held and not owners[each.id] and is_before(entered, each.id) and was_read(stream, group, each.id) then
      owners[each.id] = consumer
      new[#new + 1], added = each.id, true
    end
  end
  if added then table.sort(new, is_before) end
  for _, id in ipairs(new) do enter_entry(id) end
  -- If Redis has lost the read, other consumers may read earlier entries again, which must be entered first.
  if owners[last] or was_read(stream, group, last) then redis.call('HSET', state, 'enteredTo', last) end
end
local gone, is_new = {}, false
for _, each in ipairs(own) do
  local id = each.id
  local owner = owners[id]
  is_new = is_new or is_before(entered, id)
  if not is_new then
    local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
    owner = row and row[2]
    if owner == consumer then enter_entry(id, true) end
  end
  if owner ~= consumer then gone[#gone + 1] = id end
end
queues.save()
remove_now()
local reply = { redis.call('ZCARD', waiting), gone }
for _, each in ipairs(own) do
  if waits[each.id] then
    reply[#reply + 1] = each.id
    reply[#reply + 1] = waits[each.id]
  end
end
return reply
`,
});
