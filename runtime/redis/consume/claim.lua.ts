import { defineScript } from '../connection/define-script.js';
import { keyQueues, orderFacts } from '../store/key-queues.lua.js';
import { clock, removals } from '../store/prelude.lua.js';

/** A claimed retry; for an ordered handler with its key queue and its place there, if a call has claimed it because it was due. */
export type ClaimReply = readonly [
  ref: string,
  claim: string,
  handler: string,
  json: string,
  queue?: string,
  queuedAs?: string,
];

/**
 * Claims due retries for handlers that this consumer has, by compare-and-set. A claimed retry is due again when its lease
 * expires, so that another process claims the retries of a process that dies. A quarantined retry above `quarantined_limit`
 * is postponed by a second.
 *
 * A parked retry is claimed when a build that can read it passes its set: it moves to the due set of its handler, which has
 * index `of` in `handlers`. The name of an empty set is removed.
 *
 * A retry of an ordered handler (`by_key` is 1) is claimed only as the head of its key queue. Otherwise it waits at its place, and is no
 * longer due.
 *
 * The size of all retries but the last is at most `max_bytes`.
 *
 * Replies the retries, 1 when more are due, the number of retries that wait from now on, and the epoch of the partition.
 */
export const claimScript = defineScript({
  name: 'claim',
  keys: ['retries', 'claims', 'ahead', 'heads', 'waiting', 'partition'],
  args: ['consumer', 'leaseMs', 'limit', 'quarantinedLimit', 'quarantineFrom', 'maxBytes'],
  lists: {
    handlers: { due: 'key', name: 'arg', limit: 'arg', byKey: 'arg' },
    parked: { set: 'key', name: 'arg', of: 'arg' },
  },
  uses: [clock, removals, orderFacts, keyQueues],
  reply: (reply) => reply as readonly [claimed: readonly ClaimReply[], more: 0 | 1, waiting: number, epoch: number],
  body: `
local at = now_ms()
local now, lease_end, later = as_text(at), as_text(at + tonumber(lease_ms)), as_text(at + 1000)
local left, quarantined_left = tonumber(limit), tonumber(quarantined_limit)
local bytes_left, claimed, more, now_waiting = tonumber(max_bytes), {}, 0, 0
local queues = open_queues(heads, waiting)
-- Whether it may run now. A retry that cannot be read has no queue: it becomes a dead letter.
local function may_run(handler, ref, json)
  if handler.by_key ~= '1' then return true end
  local queue, at = queue_of_retry(handler.name, ref, json)
  return not queue or queues.take_place(queue, ref, at), queue, at
end
local function claim_from(set, handler)
  local most = math.min(left, tonumber(handler.limit))
  if most < 0 then return false end
  local is_parked, removed = set ~= handler.due, 0
  local total = is_parked and redis.call('ZCARD', set)
  -- Quarantined retries stay in their parked set, so up to 100 more are examined.
  local refs = redis.call('ZRANGE', set, '-inf', now, 'BYSCORE', 'LIMIT', 0, most + (is_parked and 100 or 1))
  if #refs > most then more = 1 end
  local count = 0
  for _, ref in ipairs(refs) do
    if count == most then break end
    local json, runs_now, queue, queued_as = redis.call('HGET', retries, ref), nil, nil, nil
    if json and bytes_left > 0 then runs_now, queue, queued_as = may_run(handler, ref, json) end
    if json and bytes_left <= 0 then
      more = 1
    elseif json and not runs_now then
      remove_later('ZREM', set, ref)
      removed = removed + 1
      now_waiting = now_waiting + 1
    elseif json then
      local runs = tonumber(string.match(redis.call('HGET', claims, ref) or '0|', '^%d+')) + 1
      local is_quarantined = runs >= tonumber(quarantine_from)
      if is_quarantined and quarantined_left == 0 then
        if not is_parked then redis.call('ZADD', set, later, ref) end
      else
        if is_quarantined then quarantined_left = quarantined_left - 1 end
        local claim = string.format('%d|%s', runs, consumer)
        redis.call('HSET', claims, ref, claim)
        if is_parked then
          remove_later('ZREM', set, ref)
          removed = removed + 1
        end
        redis.call('ZADD', handler.due, lease_end, ref)
        claimed[#claimed + 1] = { ref, claim, handler.name, json, queue, queued_as }
        left = left - 1
        count = count + 1
        bytes_left = bytes_left - #json
      end
    else
      remove_later('ZREM', set, ref)
      removed = removed + 1
      remove_later('HDEL', claims, ref)
    end
  end
  return total == removed
end
for _, handler in ipairs(handlers) do claim_from(handler.due, handler) end
for _, entry in ipairs(parked) do
  if claim_from(entry.set, handlers[tonumber(entry.of)]) then remove_later('HDEL', ahead, entry.name) end
end
queues.save()
remove_now()
return { claimed, more, now_waiting, tonumber(redis.call('HGET', partition, 'epoch') or '0') }
`,
});

/** Renews the leases of claimed retries. Replies the refs of the retries that another process has claimed. */
export const renewClaimsScript = defineScript({
  name: 'renew-claims',
  keys: ['claims'],
  args: ['leaseMs'],
  lists: { claimed: { ref: 'arg', claim: 'arg', due: 'key' } },
  uses: [clock],
  reply: (reply) => reply as readonly string[],
  body: `
local lost, lease_end = {}, as_text(now_ms() + tonumber(lease_ms))
for _, retry in ipairs(claimed) do
  if redis.call('HGET', claims, retry.ref) == retry.claim then
    redis.call('ZADD', retry.due, 'XX', lease_end, retry.ref)
  else
    lost[#lost + 1] = retry.ref
  end
end
return lost
`,
});

/** Returns claimed retries to the group, due after `delay_ms`. Their last run does not count, because no process died. */
export const releaseClaimsScript = defineScript({
  name: 'release-claims',
  keys: ['claims'],
  args: ['delayMs'],
  lists: { claimed: { ref: 'arg', claim: 'arg', due: 'key' } },
  uses: [clock, removals],
  reply: Number,
  body: `
local due_at = as_text(now_ms() + tonumber(delay_ms))
for _, retry in ipairs(claimed) do
  if redis.call('HGET', claims, retry.ref) == retry.claim then
    redis.call('ZADD', retry.due, 'XX', due_at, retry.ref)
    local runs = tonumber(string.match(retry.claim, '^%d+')) - 1
    if runs > 0 then
      redis.call('HSET', claims, retry.ref, string.format('%d|', runs))
    else
      remove_later('HDEL', claims, retry.ref)
    end
  end
end
remove_now()
return 1
`,
});
