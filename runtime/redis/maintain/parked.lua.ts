import { defineScript } from '../connection/define-script.js';
import { keyQueues, orderFacts } from '../store/key-queues.lua.js';
import { bump, clock, closeDelivery, deadLetter, deadLetterRetry, logLine, removals } from '../store/prelude.lua.js';

/**
 * Makes dead letters of retries that were parked for longer than `max_park_ms`, because no build that can read them was
 * deployed; at most `limit` in one call. With `leaves` (1) they leave their key queues. Replies their number: less than `limit` when none
 * are left.
 */
export const expireParkedScript = defineScript({
  name: 'expire-parked',
  keys: ['ahead', 'retries', 'claims', 'dead', 'dlq', 'log', 'minute', 'hour', 'heads', 'waiting'],
  args: ['group', 'maxParkMs', 'iso', 'limit'],
  lists: { parked: { set: 'key', due: 'key', name: 'arg', handler: 'arg', leaves: 'arg', message: 'arg' } },
  uses: [clock, logLine, deadLetter, bump, deadLetterRetry, removals, orderFacts, keyQueues],
  reply: Number,
  body: `
local before = as_text(now_ms() - tonumber(max_park_ms))
local left, moved = tonumber(limit), 0
local queues, now = open_queues(heads, waiting), as_text(now_ms())
local to = { dlq = dlq, dead = dead, log = log, minute = minute, hour = hour }
for _, entry in ipairs(parked) do
  local set = entry.set
  local total = redis.call('ZCARD', set)
  local refs = left > 0 and redis.call('ZRANGE', set, '-inf', before, 'BYSCORE', 'LIMIT', 0, left) or {}
  for _, ref in ipairs(refs) do
    local json = redis.call('HGET', retries, ref)
    if json then
      dead_letter_retry(to, group, entry.handler, ref, json, 'VERSION_AHEAD', entry.message, iso)
      moved = moved + 1
      local queue = entry.leaves == '1' and queue_of_retry(entry.handler, ref, json)
      if queue then queues.leave_for_next(queue, ref, retries, entry.due, now) end
    end
    remove_later('ZREM', set, ref)
    remove_later('HDEL', retries, ref)
    remove_later('HDEL', claims, ref)
  end
  left = left - #refs
  if total == #refs then remove_later('HDEL', ahead, entry.name) end
end
queues.save()
remove_now()
return moved
`,
});

/**
 * Removes a parked retry for good. Replies 1; 2 when the next delivery of its key queue is due now; 0 when it is no longer parked.
 */
export const discardParkedScript = defineScript({
  name: 'discard-parked',
  keys: ['set', 'ahead', 'retries', 'claims', 'closed', 'log', 'heads', 'waiting', 'due'],
  args: ['ref', 'name', 'group', 'handler', 'streamId', 'detail', 'actor', 'origin'],
  uses: [clock, closeDelivery, logLine, removals, orderFacts, keyQueues],
  reply: Number,
  body: `
local total = redis.call('ZCARD', set)
if redis.call('ZREM', set, ref) == 0 then return 0 end
if total == 1 then redis.call('HDEL', ahead, name) end
local queues, has_next = open_queues(heads, waiting), false
local queue = queue_of_retry(handler, ref, redis.call('HGET', retries, ref) or '')
if queue then has_next = queues.leave_for_next(queue, ref, retries, due, as_text(now_ms())) end
queues.save()
remove_later('HDEL', retries, ref)
remove_later('HDEL', claims, ref)
remove_now()
close_delivery(closed, 'DISCARDED', ref)
log_line(log, 'discarded', group, handler, stream_id, detail, 'actor', actor, 'from', origin)
return has_next and 2 or 1
`,
});
