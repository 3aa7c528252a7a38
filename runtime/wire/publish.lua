-- Writes an event, for programs that do not use the runtime; docs/wire-format.md describes it.
--
-- KEYS  the stream and the hash of the partition: {hyvve:0}:events, {hyvve:0}:partition; the idempotency key if there is one
-- ARGV  the epoch of the partition map, the envelope; with an idempotency key also the event's id and the TTL in milliseconds
--
-- Replies =@<stream id>; =<event id>@<stream id> of the event that was written before; or the error EPOCH, if the partition
-- map has changed: nothing was written.
local known = KEYS[3] and redis.call('GET', KEYS[3])
if known then return known end
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if not epoch then redis.call('HSET', KEYS[2], 'epoch', ARGV[1])
elseif epoch ~= ARGV[1] then return redis.error_reply('EPOCH the partition map has changed; its epoch is ' .. epoch) end
local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[2])
if KEYS[3] then redis.call('SET', KEYS[3], '=' .. ARGV[3] .. '@' .. id, 'PX', ARGV[4]) end
return '=@' .. id
