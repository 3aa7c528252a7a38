/** Lua: `field(info, name)`: a value of what XINFO gives, by its name; names are not at fixed places in every version. */
const fieldFunction = `
local function field(info, name)
  for i = 1, #info, 2 do if info[i] == name then return info[i + 1] end end
end
`;

/**
 * Lua: `added_by_others(stream, ring)`: how many entries others than the publisher of a ring have ever added to a stream.
 * The ring has how many its publisher has written since ids are asked for.
 */
export const addedByOthersFunction = `
${fieldFunction}
local function added_by_others(stream, ring)
  local added = 0
  if redis.call('EXISTS', stream) == 1 then added = field(redis.call('XINFO', 'STREAM', stream), 'entries-added') end
  return added - tonumber(redis.call('HGET', ring, 'written') or '0')
end
`;

/**
 * Lua of what scripts ask of a stream's ids:
 * - `field(info, name)`: as above.
 * - `last_generated(stream)`: id of the last entry there ever was; `0-0` where there is no stream.
 * - `last_delivered(stream, group)`: id of the last entry handed out to the group; nil where there is no such group.
 * - `finished_up_to(stream, group)`: the last id before everything unfinished; an error where there is no such group.
 * - `is_before(a, b)`: whether one id is before another; a missing sequence number counts as 0.
 */
export const streamIdFunctions = `
${fieldFunction}
local function last_generated(stream)
  if redis.call('EXISTS', stream) == 0 then return '0-0' end
  return field(redis.call('XINFO', 'STREAM', stream), 'last-generated-id')
end
local function last_delivered(stream, group)
  for _, info in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    if info[2] == group then return field(info, 'last-delivered-id') end
  end
end
local function finished_up_to(stream, group)
  local oldest = redis.call('XPENDING', stream, group)[2]
  if not oldest then return last_delivered(stream, group) end
  local ms, seq = string.match(oldest, '^(%d+)-(%d+)$')
  if seq ~= '0' then return ms .. '-' .. string.format('%.0f', tonumber(seq) - 1) end
  return string.format('%.0f', tonumber(ms) - 1) .. '-18446744073709551615'
end
local function is_before(a, b)
  local ams, aseq = string.match(a, '^(%d+)-?(%d*)$')
  local bms, bseq = string.match(b, '^(%d+)-?(%d*)$')
  if ams ~= bms then return tonumber(ams) < tonumber(bms) end
  return (tonumber(aseq) or 0) < (tonumber(bseq) or 0)
end
`;
