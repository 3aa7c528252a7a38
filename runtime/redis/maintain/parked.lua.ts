import { defineScript } from '../connection/define-script.js';
import { bump, clock, closeDelivery, deadLetter, deadLetterRetry, logLine, removals } from '../store/prelude.lua.js';

/**
 * Makes dead letters of retries that were parked for longer than `max_park_ms`, because no build that can read them was
 * deployed; at most `limit` in one call. Replies their number: less than `limit` when none are left.
 */
export const expireParkedScript = defineScript({
  name: 'expire-parked',
  keys: ['ahead', 'retries', 'claims', 'dead', 'dlq', 'log', 'minute', 'hour'],
  args: ['group', 'maxParkMs', 'iso', 'limit'],
  lists: { parked: { set: 'key', name: 'arg', handler: 'arg', message: 'arg' } },
  uses: [clock, logLine, deadLetter, bump, deadLetterRetry, removals],
  reply: Number,
  body: `
local before = as_text(now_ms() - tonumber(max_park_ms))
local left, moved = tonumber(limit), 0
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
    end
    remove_later('ZREM', set, ref)
    remove_later('HDEL', retries, ref)
    remove_later('HDEL', claims, ref)
  end
  left = left - #refs
  if total == #refs then remove_later('HDEL', ahead, entry.name) end
end
remove_now()
return moved
`,
});

/** Removes a parked retry for good. Replies 1, or 0 when it is no longer parked. */
export const discardParkedScript = defineScript({
  name: 'discard-parked',
  keys: ['set', 'ahead', 'retries', 'claims', 'closed', 'log'],
  args: ['ref', 'name', 'group', 'handler', 'streamId', 'detail', 'actor', 'origin'],
  uses: [closeDelivery, logLine],
  reply: Number,
  body: `
local total = redis.call('ZCARD', set)
if redis.call('ZREM', set, ref) == 0 then return 0 end
if total == 1 then redis.call('HDEL', ahead, name) end
redis.call('HDEL', retries, ref)
redis.call('HDEL', claims, ref)
close_delivery(closed, 'DISCARDED', ref)
log_line(log, 'discarded', group, handler, stream_id, detail, 'actor', actor, 'from', origin)
return 1
`,
});
