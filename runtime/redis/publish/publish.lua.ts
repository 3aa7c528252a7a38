import { defineEncodedScript } from '../connection/define-script.js';
import { addedByOthers, clock } from '../store/prelude.lua.js';

/** Replies what a batch that was sent before has written; refuses one that comes too late. */
const beginning = `
local mark = token .. ' '
local known = redis.call('HGET', ring, slot)
if known and string.sub(known, 1, #mark) == mark then return string.sub(known, #mark + 1) end
if now_ms() >= tonumber(deadline) then return redis.error_reply('EXPIRED the deadline is over') end
local function write_all()
  local ids, written, at = {}, 0, arg_at + tonumber(count)
  local hash_count, ttl_ms = tonumber(rest[at] or '0'), tonumber(rest[at + 1] or '0')
  local text, taken, run_count = rest[at + 2], 0, tonumber(rest[at + 3] or '0')
  at = at + 4
  -- By event: its id, the stream id that it has, the pairs for its hash.
  local own, found, lists, new = {}, {}, {}, {}
  for _ = 1, run_count do
    local hash, first, last = rest_keys[key_at + tonumber(rest[at])], tonumber(rest[at + 1]), tonumber(rest[at + 2])
    new[hash] = new[hash] or {}
    for index = first, last do
      own[index], lists[index] = string.sub(text, taken + 1, taken + 24), new[hash]
      taken = taken + 24
    end
    for i, id in ipairs(redis.call('HMGET', hash, unpack(own, first, last))) do found[first + i - 1] = id end
    at = at + 3
  end
  local own_key, noted = key_at + hash_count, {}
  for index = 1, tonumber(count) do
    local own_id = own[index]
    local before = own_id and (found[index] or noted[own_id])
    if before then before = '=' .. own_id .. '@' .. before end
    -- What is remembered by a key is in the order of the events.
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
        list[size + 1], list[size + 2], noted[own_id] = own_id, id, id
      end
      for i = first, at - 1, 3 do
        local key = rest_keys[first_key + (i - first) / 3]
        redis.call('SET', key, '=' .. rest[i + 1] .. '@' .. id, 'PX', rest[i + 2])
      end
    end
  end
  for hash, list in pairs(new) do
    for i = 1, #list, 2000 do redis.call('HSET', hash, unpack(list, i, math.min(i + 1999, #list))) end
    -- A minute more than required, so that it need not be set again with each call.
    if #list > 0 and redis.call('PTTL', hash) < ttl_ms then redis.call('PEXPIRE', hash, as_text(ttl_ms + 60000)) end
  end
  return table.concat(ids, ' '), written
end
`;

const ending = `
redis.call('HSET', ring, slot, mark .. reply)
if ring_ttl_ms ~= '0' then redis.call('PEXPIRE', ring, ring_ttl_ms) end
return reply
`;

const shared = {
  mode: 'publish',
  keys: ['events', 'ring'],
  args: ['token', 'slot', 'deadline', 'ringTtlMs', 'count'],
  reply: String,
} as const;

/**
 * Writes the events of one tick, once, however often the call is sent.
 *
 * The token names the batch in the publisher's ring: a batch that is sent again after a lost reply finds in its slot what
 * the first one wrote, and so does a first one that arrives last. A batch that arrives after its deadline is refused, so
 * that a caller that received `OUTCOME_UNKNOWN` can check once and be certain.
 *
 * Replies one word an event, separated by spaces: its stream id, or `=<event id>@<stream id>` of the event that was there
 * before.
 */
export const publishScript = defineEncodedScript({
  ...shared,
  name: 'publish',
  uses: [clock],
  body: `${beginning}
-- One event without an id or a key needs no table: tables are garbage that Redis's Lua has to collect.
local reply = #rest == arg_at and redis.call('XADD', events, '*', 'e', rest[arg_at]) or write_all()
${ending}`,
});

/**
 * The same where events are published under ids that may be in the stream. It counts in the ring what this publisher has
 * written, which distinguishes that from what others have written. It writes nothing where others have written since the
 * publisher last knew all of the stream.
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
  return redis.error_reply('STALE others have written to the stream')
end
local reply, written = write_all()
if written > 0 then redis.call('HINCRBY', ring, 'written', string.format('%d', written)) end
${ending}`,
});
