import { typedScript } from '../connection/typed-script.js';
import { clock } from '../store/prelude.lua.js';

type TakenRetry = readonly [ref: string, claim: string, handler: string, json: string];

/**
 * Claims due retries for handlers that this consumer has, by compare-and-set. A claimed retry is due again when its lease
 * ends, so that another process takes the retry of a process that dies. A quarantined retry beyond `quarantined_limit` waits
 * for another second.
 *
 * A parked retry is claimed once a build that can read it names its set: it moves to the due set of its handler, which is
 * number `of` in `handlers`. The name of an empty set is removed. `max_bytes` limits the retries without the last.
 *
 * Replies the retries, and 1 when more are due.
 */
export const claimScript = typedScript({
  name: 'claim',
  keys: ['retries', 'claims', 'ahead'],
  args: ['consumer', 'leaseMs', 'limit', 'quarantinedLimit', 'quarantineFrom', 'maxBytes'],
  lists: {
    handlers: { due: 'key', name: 'arg', limit: 'arg' },
    parked: { set: 'key', name: 'arg', of: 'arg' },
  },
  uses: [clock],
  reply: (reply) => reply as readonly [taken: readonly TakenRetry[], more: 0 | 1],
  body: `
local at = now_ms()
local now, lease_end, later = as_text(at), as_text(at + tonumber(lease_ms)), as_text(at + 1000)
local left, quarantined_left = tonumber(limit), tonumber(quarantined_limit)
local room, taken, more, names_ended = tonumber(max_bytes), {}, 0, {}
local function take_from(set, handler)
  local most = math.min(left, tonumber(handler.limit))
  if most < 0 then return false end
  local is_parked, removed = set ~= handler.due, 0
  local total = is_parked and redis.call('ZCARD', set)
  -- Quarantined retries stay in their set of parked ones: the next ones are examined too.
  local refs = redis.call('ZRANGE', set, '-inf', now, 'BYSCORE', 'LIMIT', 0, most + (is_parked and 100 or 1))
  if #refs > most then more = 1 end
  local count = 0
  for _, ref in ipairs(refs) do
    if count == most then break end
    local json = redis.call('HGET', retries, ref)
    if json and room <= 0 then
      more = 1
    elseif json then
      local runs = tonumber(string.match(redis.call('HGET', claims, ref) or '0|', '^%d+')) + 1
      local is_quarantined = runs >= tonumber(quarantine_from)
      if is_quarantined and quarantined_left == 0 then
        if not is_parked then redis.call('ZADD', set, later, ref) end
      else
        if is_quarantined then quarantined_left = quarantined_left - 1 end
        local claim = string.format('%d|%s', runs, consumer)
        redis.call('HSET', claims, ref, claim)
        if is_parked then removed = removed + redis.call('ZREM', set, ref) end
        redis.call('ZADD', handler.due, lease_end, ref)
        taken[#taken + 1] = { ref, claim, handler.name, json }
        left = left - 1
        count = count + 1
        room = room - #json
      end
    else
      removed = removed + redis.call('ZREM', set, ref)
      redis.call('HDEL', claims, ref)
    end
  end
  return total == removed
end
for _, handler in ipairs(handlers) do take_from(handler.due, handler) end
for _, some in ipairs(parked) do
  if take_from(some.set, handlers[tonumber(some.of)]) then names_ended[#names_ended + 1] = some.name end
end
if #names_ended > 0 then redis.call('HDEL', ahead, unpack(names_ended)) end
return { taken, more }
`,
});

/** Renews the leases of claimed retries. Replies the refs of those that another process has. */
export const renewClaimsScript = typedScript({
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

/** Gives claimed retries back, due now. Their last run does not count, because no process died. */
export const releaseClaimsScript = typedScript({
  name: 'release-claims',
  keys: ['claims'],
  args: [],
  lists: { claimed: { ref: 'arg', claim: 'arg', due: 'key' } },
  uses: [clock],
  reply: Number,
  body: `
local now = as_text(now_ms())
for _, retry in ipairs(claimed) do
  if redis.call('HGET', claims, retry.ref) == retry.claim then
    redis.call('ZADD', retry.due, 'XX', now, retry.ref)
    redis.call('HDEL', claims, retry.ref)
  end
end
return 1
`,
});
