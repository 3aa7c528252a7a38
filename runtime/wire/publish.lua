-- Writes an event, for programs that do not use the runtime; docs/wire-format.md describes it.
--
-- KEYS  the stream and the hash of the partition: {hyvve:0}:events, {hyvve:0}:partition; the idempotency key if there is one
-- ARGV  the epoch and the number of partitions of the partition map, the envelope; with an idempotency key also the event's id and
--       the TTL in milliseconds
--
-- Replies =@<stream id>; =<event id>@<stream id> of the event that was written before; or the error EPOCH, if the partition
-- map has changed: nothing was written.
local known = KEYS[3] and redis.call('GET', KEYS[3])
if known then return known end
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if epoch ~= ARGV[1] then
  if epoch and tonumber(epoch) > tonumber(ARGV[1]) then
    return redis.error_reply('EPOCH the partition map has changed; its epoch is ' .. epoch)
  end
  local fence, info = '0-0', redis.call('EXISTS', KEYS[1]) == 1 and redis.call('XINFO', 'STREAM', KEYS[1]) or {}
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then fence = info[i + 1] end end
  redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'count', ARGV[2], 'fence', fence)
end
local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[3])
if KEYS[3] then redis.call('SET', KEYS[3], '=' .. ARGV[4] .. '@' .. id, 'PX', ARGV[5]) end
return '=@' .. id
