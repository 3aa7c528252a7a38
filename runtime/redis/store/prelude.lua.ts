// Lua functions that several scripts use. A script lists them in `uses`, each after the functions that it calls.

/** Lua: `now_ms()`: Redis's time, in whole milliseconds. `as_text(ms)`: a time in the form in which it is stored. */
export const clock = `
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function as_text(ms) return string.format('%.0f', ms) end
`;

/**
 * Lua: `log_line(log, kind, group, handler, stream, detail, …)` adds an entry to the transition log; further fields and
 * their values may follow.
 */
export const logLine = `
local function log_line(log, kind, group, handler, stream, detail, ...)
  redis.call('XADD', log, '*', 'k', kind, 'group', group, 'handler', handler, 'stream', stream, 'd', detail, ...)
end
`;

/**
 * Lua: `dead_letter(dlq, dead, log, group, handler, stream, reason, detail, envelope, ref, log_detail)` adds a dead letter,
 * its entry in the group's index and its line in the log. Needs `logLine`.
 */
export const deadLetter = `
local function dead_letter(dlq, dead, log, group, handler, stream, reason, detail, envelope, ref, log_detail)
  local id = redis.call('XADD', dlq, '*', 'group', group, 'handler', handler, 'stream', stream, 'reason', reason,
    'd', detail, 'e', envelope, 'ref', ref)
  redis.call('HSET', dead, ref, id)
  log_line(log, 'dead', group, handler, stream, log_detail, 'dlq', id, 'reason', reason)
end
`;

/**
 * Lua: `close_delivery(closed, how, ref)` records that a delivery was discarded or has expired. The ref of an edited event
 * does not start with a time; its delivery is not recorded, because its status is never read.
 */
export const closeDelivery = `
local function close_delivery(closed, how, ref)
  local ms = string.match(ref, '^(%d+)-')
  if ms then redis.call('ZADD', closed, ms, how .. ' ' .. ref) end
end
`;

/**
 * Lua that removes fields of hashes and members of sorted sets at the end of a script. A key that becomes empty is absent, and
 * while a slot is moved by the protocol before Redis 8.4, Redis refuses access to an absent key: a script that used a key which it
 * had emptied would stop half way.
 * - `remove_later(command, key, member)`: collects a removal; `command` is `HDEL` or `ZREM`.
 * - `remove_now()`: executes the removals. The script does not use these keys afterwards.
 */
export const removals = `
local removals
local function remove_later(command, key, member)
  removals = removals or { HDEL = {}, ZREM = {} }
  local of, list = removals[command], removals[command][key]
  if list then list[#list + 1] = member else of[key] = { member } end
end
local function remove_now()
  if not removals then return end
  for command, of in pairs(removals) do
    for key, list in pairs(of) do
      -- Of several calls for one key, only the last one may empty it.
      local left = #list > 1000 and redis.call(command == 'HDEL' and 'HLEN' or 'ZCARD', key)
      for i = 1, #list, 1000 do
        local removed = redis.call(command, key, unpack(list, i, math.min(i + 999, #list)))
        left = left and left - removed
        if left == 0 then break end
      end
    end
  end
end
`;

/**
 * Lua: `bump(minute, hour, field, n)` adds `n` to a counter of a minute and of an hour. Only the first count of each field
 * sets the time to live of their hashes, because a further call for every count would be the largest part of its cost.
 */
export const bump = `
local function bump(minute, hour, field, n)
  if redis.call('HINCRBY', minute, field, n) == tonumber(n) then redis.call('EXPIRE', minute, 90000) end
  if redis.call('HINCRBY', hour, field, n) == tonumber(n) then redis.call('EXPIRE', hour, 2595600) end
end
`;

/** Lua: `field(info, name)`: a value of XINFO's reply. The order of the fields differs between versions of Redis. */
const field = `
local function field(info, name)
  for i = 1, #info, 2 do if info[i] == name then return info[i + 1] end end
end
`;

/**
 * Lua: `added_by_others(stream, ring)`: number of entries that publishers other than the owner of the ring have ever added
 * to the stream. The ring counts the entries of its owner while events are published with explicit ids.
 */
export const addedByOthers = `
${field}
local function added_by_others(stream, ring)
  local added = 0
  if redis.call('EXISTS', stream) == 1 then added = field(redis.call('XINFO', 'STREAM', stream), 'entries-added') end
  return added - tonumber(redis.call('HGET', ring, 'written') or '0')
end
`;

/**
 * Lua for the ids of a stream:
 * - `field(info, name)`: as above.
 * - `last_generated(stream)`: id of the last entry that was ever added; `0-0` if the stream does not exist.
 * - `last_delivered(stream, group)`: id of the last entry that was delivered to the group; nil if the group does not exist.
 * - `was_read(stream, group, id)`: whether an entry was delivered to the group, as far as Redis knows: a failover may have lost the read.
 * - `id_before(id)`: the id before another one.
 * - `finished_up_to(stream, group)`: the last id before all unfinished entries; an error if the group does not exist.
 * - `is_before(a, b)`: whether one id is before another; a missing sequence number counts as 0.
 */
export const streamIds = `
${field}
local function last_generated(stream)
  if redis.call('EXISTS', stream) == 0 then return '0-0' end
  return field(redis.call('XINFO', 'STREAM', stream), 'last-generated-id')
end
local function last_delivered(stream, group)
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    if info[2] == group then return field(info, 'last-delivered-id') end
  end
end
local function is_before(a, b)
  local ams, aseq = string.match(a, '^(%d+)-?(%d*)$')
  local bms, bseq = string.match(b, '^(%d+)-?(%d*)$')
  if ams ~= bms then return tonumber(ams) < tonumber(bms) end
  return (tonumber(aseq) or 0) < (tonumber(bseq) or 0)
end
local group_read_to
local function was_read(stream, group, id)
  group_read_to = group_read_to or last_delivered(stream, group) or '0-0'
  return not is_before(group_read_to, id)
end
local function id_before(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  if seq ~= '0' then return ms .. '-' .. string.format('%.0f', tonumber(seq) - 1) end
  return string.format('%.0f', tonumber(ms) - 1) .. '-18446744073709551615'
end
local function finished_up_to(stream, group)
  local oldest = redis.call('XPENDING', stream, group)[2]
  return oldest and id_before(oldest) or last_delivered(stream, group)
end
`;

/** Lua: `decode_object(json)`: a JSON object or list; nil for any other text. Lone surrogates are replaced. */
export const decodeObject = `
local function decode(json)
  local is_read, value = pcall(cjson.decode, json)
  if is_read and type(value) == 'table' then return value end
end
local function decode_object(json)
  return decode(json) or decode((string.gsub(json, '\\\\(.)(%x?%x?%x?%x?)', function(escape, hex)
    if escape == 'u' and string.find(hex, '^[dD][89a-fA-F]') then return '\\\\ufffd' end
  end)))
end
`;

/**
 * Lua: `event_version(json)`: type and major version of an envelope. The type is `*` if it cannot be read, the major version
 * `?` if the envelope has none that `parseVersion` reads. Never fails.
 */
export const eventVersion = `
${decodeObject}
local major_cache = {}
local function major_of(version)
  if type(version) ~= 'string' then return '?' end
  local known = major_cache[version]
  if known then return known end
  local core = string.match(version, '^[%d.]+$') or string.match(version, '^([%d.]+)[-+]') or ''
  local major = string.match(core, '^(%d+)$') or string.match(core, '^(%d+)%.%d+$') or string.match(core, '^(%d+)%.%d+%.%d+$')
  known = major and #major <= 9 and string.format('%d', tonumber(major)) or '?'
  major_cache[version] = known
  return known
end
local function type_name(found)
  return type(found) == 'string' and #found <= 200 and string.match(found, '^[%w_.-]+$') and found or '*'
end
local function event_version(json)
  -- Fast path for envelopes that this SDK has written; other envelopes are decoded. In texts, quotes follow a backslash.
  local found, after = string.match(json, '^{"id":"[^"\\\\]*","type":"([%w_.-]+)()"')
  local from, to = string.find(json, ',"version":"', after or 1, true)
  if found and from and #found <= 200 and (string.find(json, '{', 2, true) or #json + 1) > from then
    local version = string.match(json, '^([^"\\\\]*)"', to + 1)
    if version then return found, major_of(version) end
  end
  local envelope = decode_object(json) or {}
  return type_name(envelope.type), major_of(envelope.version)
end
`;

/**
 * Lua: `read_retry(json, ref)` reads a scheduled retry and never fails: a retry that cannot be decoded must not stop the
 * processing of others. For text that is not a scheduled retry, the entry is taken from the ref, and the text is used as the
 * envelope.
 */
const readRetry = `
${decodeObject}
local function read_retry(json, ref)
  local retry = decode_object(json) or {}
  local function text(name) return type(retry[name]) == 'string' and retry[name] or nil end
  return {
    eventId = text('eventId'), type = text('type'), tenantId = text('tenantId'), correlationId = text('correlationId'),
    replayJobId = text('replayJobId'), firstFailedAt = text('firstFailedAt'), attempt = tonumber(retry.attempt) or 1,
    streamId = text('streamId') or string.match(ref, '^([^/@]*)'), envelope = text('envelope') or json,
    queuedAs = text('queuedAs'),
  }
end
`;

/**
 * Lua: `dead_letter_retry(to, group, handler, ref, json, reason, message, iso)` makes a scheduled retry a dead letter, with
 * its line in the log and its count. `to` has the keys `dlq`, `dead`, `log`, `minute` and `hour`. Needs `bump`, `logLine`
 * and `deadLetter`.
 */
export const deadLetterRetry = `
${readRetry}
local function dead_letter_retry(to, group, handler, ref, json, reason, message, iso)
  local retry = read_retry(json, ref)
  local detail = cjson.encode({
    eventId = retry.eventId, type = retry.type, tenantId = retry.tenantId, correlationId = retry.correlationId,
    replayJobId = retry.replayJobId, queuedAs = retry.queuedAs,
    error = { name = reason, message = message }, attempts = retry.attempt - 1,
    firstFailedAt = retry.firstFailedAt or iso, lastFailedAt = iso,
  })
  dead_letter(to.dlq, to.dead, to.log, group, handler, retry.streamId, reason, detail, retry.envelope, ref, detail)
  bump(to.minute, to.hour, 'x|' .. (retry.type or '*') .. '|' .. group .. '|' .. handler, 1)
end
`;
