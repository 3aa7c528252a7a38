import { defineEncodedScript } from '../connection/define-script.js';
import { addedByOthers, clock } from '../store/prelude.lua.js';

/**
 * Replies the stored result of a batch that was executed before; refuses a batch after its deadline, and a batch of a publisher
 * that knows an earlier partition map. The order matters: a batch that is sent again learns what it wrote before the map changed.
 * If the partition has no epoch or an earlier one, Redis has lost its seal: the publisher seals it again.
 */
const beginning = `
local mark = token .. ' '
local known = redis.call('HGET', ring, slot)
if known and string.sub(known, 1, #mark) == mark then
  -- Written again, so that a \`WAIT\` after this call covers the events of the earlier one.
  redis.call('HSET', ring, slot, known)
  return string.sub(known, #mark + 1)
end
if now_ms() >= tonumber(deadline) then return redis.error_reply('EXPIRED the deadline has passed') end
local present = redis.call('HGET', partition, 'epoch')
if present ~= epoch then
  if present and tonumber(present) > tonumber(epoch) then
    return redis.error_reply('EPOCH the partition map has changed; its epoch is ' .. present)
  end
  local fence, info = '0-0', redis.call('EXISTS', events) == 1 and redis.call('XINFO', 'STREAM', events) or {}
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then fence = info[i + 1] end end
  local born_at = redis.call('HGET', partition, 'bornAt') or as_text(now_ms())
  redis.call('HSET', partition, 'epoch', epoch, 'count', partitions, 'fence', fence, 'bornAt', born_at)
end
`;

/**
 * Writes the events that were not written before: sets `reply` and `written`. It is not a Lua function, because a closure and
 * its variables would be garbage that Redis collects.
 */
const writeAll = `
local ids, at = {}, arg_at + tonumber(count)
local hash_count, ttl_ms = tonumber(rest[at] or '0'), tonumber(rest[at + 1] or '0')
local text, text_at, run_count = rest[at + 2], 0, tonumber(rest[at + 3] or '0')
at = at + 4
-- For each event: its explicit id, its stream id if it is in a hash, the list of pairs for its hash. For each hash: its list.
local own, found, lists, new = {}, {}, {}, {}
for _ = 1, run_count do
  local hash, first, last = rest_keys[key_at + tonumber(rest[at])], tonumber(rest[at + 1]), tonumber(rest[at + 2])
  new[hash] = new[hash] or {}
  for index = first, last do
    own[index], lists[index] = string.sub(text, text_at + 1, text_at + 24), new[hash]
    text_at = text_at + 24
  end
  for i, id in ipairs(redis.call('HMGET', hash, unpack(own, first, last))) do found[first + i - 1] = id end
  at = at + 3
end
local own_key, written_ids = key_at + hash_count, {}
for index = 1, tonumber(count) do
  local own_id = own[index]
  local before = own_id and (found[index] or written_ids[own_id])
  if before then before = '=' .. own_id .. '@' .. before end
  -- The arguments of the keys are in the order of the events.
  local first, first_key = at, own_key
  while rest[at] and tonumber(rest[at]) == index do
    before = before or redis.call('GET', rest_keys[own_key])
    at, own_key = at + 3, own_key + 1
  end
  local id = before or redis.call('XADD', events, '*', 'e', rest[arg_at + index - 1])
  ids[index] = id
  if not before then
    written = written + 1
    if own_id then
      local list = lists[index]
      local size = #list
      list[size + 1], list[size + 2], written_ids[own_id] = own_id, id, id
    end
    for i = first, at - 1, 3 do
      local key = rest_keys[first_key + (i - first) / 3]
      redis.call('SET', key, '=' .. rest[i + 1] .. '@' .. id, 'PX', rest[i + 2])
    end
  end
end
for hash, list in pairs(new) do
  for i = 1, #list, 2000 do redis.call('HSET', hash, unpack(list, i, math.min(i + 1999, #list))) end
  -- A minute longer than required, so that not every call has to set it.
  if #list > 0 and redis.call('PTTL', hash) < ttl_ms then redis.call('PEXPIRE', hash, as_text(ttl_ms + 60000)) end
end
reply = table.concat(ids, ' ')
`;

const ending = `
redis.call('HSET', ring, slot, mark .. reply)
if ring_ttl_ms ~= '0' then redis.call('PEXPIRE', ring, ring_ttl_ms) end
return reply
`;

const shared = {
  mode: 'publish',
  keys: ['events', 'ring', 'partition'],
  args: ['token', 'slot', 'epoch', 'partitions', 'deadline', 'ringTtlMs', 'count'],
  reply: String,
} as const;

/**
 * Writes the events of one tick, only once even if the call is sent several times.
 *
 * The token identifies the batch in the publisher's ring: if a batch is sent again after a lost reply, the call that is
 * executed second finds the result of the first one in its slot. A batch that arrives after its deadline is refused, so that
 * a caller that received `OUTCOME_UNKNOWN` can check once and be certain.
 *
 * Replies one word for each event, separated by spaces: its stream id, or `=<event id>@<stream id>` of the event that was
 * written before. Replies the error EXPIRED or EPOCH if nothing was written.
 */
export const publishScript = defineEncodedScript({
  ...shared,
  name: 'publish',
  uses: [clock],
  body: `${beginning}
-- A single event without an id or a key uses no tables, which saves garbage collection in Redis.
local reply, written = nil, 0
if #rest == arg_at then reply = redis.call('XADD', events, '*', 'e', rest[arg_at]) else
${writeAll}
end
${ending}`,
});

/**
 * The same for publishes with explicit ids, whose events may already be in the stream. It counts the events of this publisher
 * in the ring, to distinguish them from events of other publishers. It writes nothing if other publishers have written since
 * this publisher last knew the whole stream.
 *
 * Replies the same, or the error STALE.
 */
export const publishKnownScript = defineEncodedScript({
  ...shared,
  name: 'publish-known',
  uses: [clock, addedByOthers],
  body: `${beginning}
local others = string.sub(rest[#rest], 2)
if others ~= '' and added_by_others(events, ring) ~= tonumber(others) then
  return redis.error_reply('STALE other publishers have written to the stream')
end
local reply, written = nil, 0
${writeAll}
if written > 0 then redis.call('HINCRBY', ring, 'written', string.format('%d', written)) end
${ending}`,
});
