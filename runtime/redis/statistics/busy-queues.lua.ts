import { defineScript } from '../connection/define-script.js';

/**
 * Finds the key queues of a group in which the most deliveries wait. The deliveries of a queue are next to each other in the sorted set, so
 * `samples` places at equal distances meet every queue that is longer than the distance; its length is the difference of two ranks.
 *
 * Replies name, number of waiting deliveries and ref of the head (or nothing) of each queue that was met.
 */
export const busyQueuesScript = defineScript({
  name: 'busy-queues',
  keys: ['heads', 'waiting'],
  args: ['samples'],
  reply: (reply) => reply as readonly (readonly [queue: string, waiting: number, head: string | null])[],
  body: `
local total, found, met = redis.call('ZCARD', waiting), {}, {}
local distance = math.max(1, math.ceil(total / tonumber(samples)))
for rank = 0, total - 1, distance do
  -- After the queue follow the padded stream id and the ref, each behind a separator.
  local queue = string.match(redis.call('ZRANGE', waiting, rank, rank)[1], '^(.*)%z%d+%-%d+%z[^%z]*$')
  if queue and not met[queue] then
    met[queue] = true
    local from, to = '[' .. queue .. '\\0', '(' .. queue .. '\\1'
    local first = redis.call('ZRANGE', waiting, from, to, 'BYLEX', 'LIMIT', 0, 1)[1]
    local last = redis.call('ZRANGE', waiting, to, from, 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]
    local length = redis.call('ZREVRANK', waiting, first) - redis.call('ZREVRANK', waiting, last) + 1
    found[#found + 1] = { queue, length, redis.call('HGET', heads, queue) }
  end
end
return found
`,
});
