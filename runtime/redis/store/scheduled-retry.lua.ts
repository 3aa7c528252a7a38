/**
 * Lua: `read_row(json, ref)` reads a row without ever failing: one that cannot be decoded, or is none, must not stop what
 * is done with the others. A row that was stored with half of a surrogate pair is decoded with a replacement character in
 * its place; of one that is no row, the ref says which entry it was, and its text stands for the envelope.
 */
const readRowFunction = `
local function decode(json)
  local is_read, row = pcall(cjson.decode, json)
  if is_read and type(row) == 'table' then return row end
end
local function read_row(json, ref)
  local row = decode(json) or decode((string.gsub(json, '\\\\(.)(%x?%x?%x?%x?)', function(escape, hex)
    if escape == 'u' and string.find(hex, '^[dD][89a-fA-F]') then return '\\\\ufffd' end
  end))) or {}
  local function text(name) return type(row[name]) == 'string' and row[name] or nil end
  return {
    eventId = text('eventId'), type = text('type'), tenantId = text('tenantId'), correlationId = text('correlationId'),
    replayJobId = text('replayJobId'), firstFailedAt = text('firstFailedAt'), attempt = tonumber(row.attempt) or 1,
    streamId = text('streamId') or string.match(ref, '^([^/@]*)'), envelope = text('envelope') or json,
  }
end
`;

/**
 * Lua: `bury_row(dlq, dead, log, minute, hour, group, handler, ref, json, reason, message, iso)` makes a row a dead letter,
 * with its line in the log and its count. Needs `bump`.
 */
export const buryRowFunction = `
${readRowFunction}
local function bury_row(dlq, dead, log, minute, hour, group, handler, ref, json, reason, message, iso)
  local row = read_row(json, ref)
  local detail = cjson.encode({
    eventId = row.eventId, type = row.type, tenantId = row.tenantId, correlationId = row.correlationId,
    replayJobId = row.replayJobId,
    error = { name = reason, message = message }, attempts = row.attempt - 1,
    firstFailedAt = row.firstFailedAt or iso, lastFailedAt = iso,
  })
  local id = redis.call('XADD', dlq, '*', 'group', group, 'handler', handler, 'stream', row.streamId, 'reason', reason, 'd', detail, 'e', row.envelope, 'ref', ref)
  redis.call('HSET', dead, ref, id)
  redis.call('XADD', log, '*', 'k', 'dead', 'group', group, 'handler', handler, 'stream', row.streamId, 'd', detail, 'dlq', id, 'reason', reason)
  bump(minute, hour, 'x|' .. (row.type or '*') .. '|' .. group .. '|' .. handler, 1)
end
`;
