import { defineScript } from '../connection/define-script.js';
import { eventVersion } from '../store/prelude.lua.js';

/** Counted events: type, major version or `?`, place, group or ``, number, newest stream id or ``. */
export type ScannedCount = readonly [
  type: string,
  major: string,
  place: string,
  group: string,
  count: number,
  lastId: string,
];

/** Lua: `add(type, major, place, group, id)` counts an event; `tallied()` is the list of all counts. */
const tally = `
local rows, row_of = {}, {}
local function add(name, major, place, group, id)
  local key = table.concat({ name, major, place, group }, '|')
  local row = row_of[key]
  if not row then
    row = { name, major, place, group, 0, '' }
    row_of[key] = row
    rows[#rows + 1] = row
  end
  row[5], row[6] = row[5] + 1, id
end
`;

/**
 * Counts entries of a stream by type and major version, after the id `after`, up to `limit` entries or `max_bytes`. `kind` is
 * `events`, `replay` or `dlq`. For the first two, entries that a group has not finished are counted for that group.
 *
 * Replies the id of the last entry, whether no more follow, the number of entries, and the counts.
 */
export const scanStreamScript = defineScript({
  name: 'scan-versions',
  mode: 'read',
  keys: ['stream'],
  args: ['kind', 'after', 'limit', 'maxBytes', 'only'],
  lists: { retired: 'arg' },
  uses: [eventVersion, tally],
  reply: (reply) => reply as readonly [last: string, isEnd: 0 | 1, count: number, counts: readonly ScannedCount[]],
  body: `
local last, left, bytes_left, taken, is_end, step = after, tonumber(limit), tonumber(max_bytes), {}, 0, 64
while left > 0 and bytes_left > 0 and is_end == 0 do
  local count = math.min(left, step)
  local page = redis.call('XRANGE', stream, '(' .. last, '+', 'COUNT', count)
  if #page < count then is_end = 1 end
  for _, entry in ipairs(page) do
    local fields, json, group = entry[2], '', ''
    for i = 1, #fields, 2 do
      if fields[i] == 'e' then json = fields[i + 1] elseif fields[i] == 'group' then group = fields[i + 1] end
    end
    local name, major = event_version(json)
    taken[#taken + 1] = { entry[1], only == '' or only == name, name, major, group }
    bytes_left, left, last = bytes_left - #json, left - 1, entry[1]
  end
  step = math.min(256, step * 2)
end
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local is_retired, open = {}, {}
for _, group in ipairs(retired) do is_retired[group] = true end
if kind ~= 'dlq' and #taken > 0 then
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local fields, pending = {}, {}
    for i = 1, #info, 2 do fields[info[i]] = info[i + 1] end
    if fields.pending > 0 then
      for _, row in ipairs(redis.call('XPENDING', stream, fields.name, taken[1][1], last, #taken)) do pending[row[1]] = true end
    end
    local ms, seq = parts(fields['last-delivered-id'])
    open[#open + 1] = { group = fields.name, pending = pending, ms = ms, seq = seq }
  end
end
for _, entry in ipairs(taken) do
  local id, is_wanted, name, major, group = unpack(entry)
  if is_wanted and kind == 'dlq' then add(name, major, 'dead-letter', group, id)
  elseif is_wanted then
    local is_open, ms, seq = false, parts(id)
    for _, of in ipairs(open) do
      if of.pending[id] or ms > of.ms or ms == of.ms and seq > of.seq then
        add(name, major, kind == 'replay' and 'replay' or 'unfinished', of.group, id)
        is_open = is_open or not is_retired[of.group]
      end
    end
    if kind == 'events' then
      add(name, major, 'stream', '', id)
      if not is_open then add(name, major, 'replayable', '', id) end
    end
  end
end
return { last, is_end, #taken, rows }
`,
});

/**
 * Counts the retries of a group by type and major version, from a cursor of HSCAN, about `limit` of them.
 *
 * Replies the next cursor, which is 0 at the end, the number of retries, their size in bytes, and the counts.
 */
export const scanRetriesScript = defineScript({
  name: 'scan-retries',
  mode: 'read',
  keys: ['retries'],
  args: ['group', 'at', 'limit', 'only'],
  uses: [eventVersion, tally],
  reply: (reply) => reply as readonly [next: string, count: number, bytes: number, counts: readonly ScannedCount[]],
  body: `
local page = redis.call('HSCAN', retries, at, 'COUNT', limit)
local found, bytes = page[2], 0
for i = 2, #found, 2 do
  bytes = bytes + #found[i]
  local retry = decode_object(found[i])
  local name, major = event_version(retry and type(retry.envelope) == 'string' and retry.envelope or found[i])
  if only == '' or only == name then add(name, major, 'retry', group, '') end
end
return { page[1], #found / 2, bytes, rows }
`,
});
