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
 * `ids` are entries that this consumer was delivered, in ascending order. Their leases cannot have expired before `held_until`, in
 * Redis's milliseconds.
 */
export const enterQueuesScript = defineScript({
  name: 'enter-queues',
  keys: ['stream', 'state', 'handlers', 'heads', 'waiting', 'completedHandlers'],
  args: ['group', 'consumer', 'isReplay', 'heldUntil'],
  lists: { ids: 'arg' },
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
local function enter(id, fields, is_again)
  local prefix, job = id, ''
  if is_replay then
    prefix = fields[3] == 'b' and fields[4] or ''
    job = string.match(prefix, '^%d+%-%d+@([^/@]+)$')
  end
  if fields[1] ~= 'e' or not job then return end
  local kind, key = order_facts(fields[2])
  if not kind then return end
  for _, handler in ipairs(ordered) do
    if takes(handler, kind) and (not is_replay or is_target(fields[6], handler.name)) then
      local ref = prefix .. '/' .. handler.name
      local is_settled = is_again and redis.call('HEXISTS', completed_handlers, ref) == 1
      if not is_settled and not queues.take_place(queue_of(handler.name, job, key), ref, prefix) then
        waits[id] = waits[id] or {}
        table.insert(waits[id], handler.name)
      end
    end
  end
end
local first, last = ids[1], ids[#ids]
local entered = redis.call('HGET', state, 'enteredTo') or id_before(first)
local is_own, entries, most = {}, {}, #ids + 200
for _, id in ipairs(ids) do is_own[id] = true end
if is_before(entered, last) then
  entries = redis.call('XRANGE', stream, '(' .. entered, last, 'COUNT', most)
  redis.call('HSET', state, 'enteredTo', last)
end
-- Until their lease can have expired, this consumer has its entries: no other process can have settled them.
local must_check = now_ms() > tonumber(held_until)
for n = 1, #entries do must_check = must_check or not is_own[entries[n][1]] end
local owners = {}
if must_check and #entries > 0 then
  local rows = redis.call('XPENDING', stream, group, '(' .. entered, last, 100000)
  for _, row in ipairs(rows) do owners[row[1]] = row[2] end
  -- Nothing was entered for a long time, for example because a release without the ordered handler ran: nearly all is finished.
  if #entries == most then
    entries = {}
    for _, row in ipairs(rows) do entries[#entries + 1] = redis.call('XRANGE', stream, row[1], row[1])[1] end
  end
end
for _, entry in ipairs(entries) do
  if not must_check or owners[entry[1]] then enter(entry[1], entry[2]) end
end
local gone, is_new = {}, false
for _, id in ipairs(ids) do
  local owner = consumer
  is_new = is_new or is_before(entered, id)
  if not is_new then
    local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
    owner = row and row[2]
    local entry = owner == consumer and redis.call('XRANGE', stream, id, id)[1]
    if entry then enter(id, entry[2], true) end
  elseif must_check then
    owner = owners[id]
  end
  if owner ~= consumer then gone[#gone + 1] = id end
end
queues.save()
remove_now()
local reply = { redis.call('ZCARD', waiting), gone }
for _, id in ipairs(ids) do
  if waits[id] then
    reply[#reply + 1] = id
    reply[#reply + 1] = waits[id]
  end
end
return reply
`,
});
