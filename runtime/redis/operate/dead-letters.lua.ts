import { defineScript } from '../connection/define-script.js';
import { keyQueues, orderFacts } from '../store/key-queues.lua.js';
import { clock, closeDelivery, logLine, removals } from '../store/prelude.lua.js';

/**
 * Redrives a dead letter: removes it and schedules a retry that is due now. If there are two callers, the second one gets 0.
 * `kind` is the kind of the log line, `retried` or `edited`. If the dead letter is the head of its key queue or waits in it, the edited
 * event takes its place; `queued_as` is the ref with the place of the delivery, `letter` its envelope.
 *
 * Replies 1; 0 when the dead letter no longer exists; -1 when the group no longer has the handler: then nothing was done.
 */
export const redriveScript = defineScript({
  name: 'redrive',
  keys: ['dlq', 'log', 'retries', 'claims', 'dead', 'handlers', 'closed', 'due', 'heads', 'waiting'],
  args: [
    ...['id', 'ref', 'group', 'streamId', 'kind', 'detail', 'actor', 'origin', 'newRef', 'handler', 'retry'],
    ...['queuedAs', 'letter'],
  ] as const,
  uses: [clock, closeDelivery, logLine, removals, orderFacts, keyQueues],
  reply: Number,
  body: `
if redis.call('HEXISTS', handlers, handler) == 0 then return -1 end
if redis.call('XDEL', dlq, id) == 0 then return 0 end
if redis.call('HGET', dead, ref) == id then redis.call('HDEL', dead, ref) end
-- The delivery of the original event ends here: the edited event replaces it.
if kind == 'edited' then
  close_delivery(closed, 'DISCARDED', ref)
  local _, key = order_facts(letter)
  local queues = open_queues(heads, waiting)
  if key then queues.replace(queue_of(handler, job_of(queued_as), key), ref, new_ref, queued_as) end
  queues.save()
  remove_now()
end
redis.call('HSET', retries, new_ref, retry)
redis.call('HDEL', claims, new_ref)
redis.call('ZADD', due, as_text(now_ms()), new_ref)
log_line(log, kind, group, handler, stream_id, detail, 'dlq', id, 'actor', actor, 'from', origin)
return 1
`,
});

/** Removes a dead letter for good. Replies 1; 2 when the next delivery of its key queue is due now; 0 when it no longer exists. */
export const discardScript = defineScript({
  name: 'discard',
  keys: ['dlq', 'log', 'dead', 'closed', 'retries', 'due', 'heads', 'waiting'],
  args: ['id', 'ref', 'group', 'handler', 'streamId', 'detail', 'actor', 'origin', 'queuedAs', 'letter'],
  uses: [clock, closeDelivery, logLine, removals, orderFacts, keyQueues],
  reply: Number,
  body: `
if redis.call('XDEL', dlq, id) == 0 then return 0 end
if redis.call('HGET', dead, ref) == id then redis.call('HDEL', dead, ref) end
close_delivery(closed, 'DISCARDED', ref)
log_line(log, 'discarded', group, handler, stream_id, detail, 'dlq', id, 'actor', actor, 'from', origin)
local _, key = order_facts(letter)
if not key then return 1 end
local queues = open_queues(heads, waiting)
local queue = queue_of(handler, job_of(queued_as), key)
local has_next = queues.leave_for_next(queue, ref, retries, due, as_text(now_ms()))
queues.save()
remove_now()
return has_next and 2 or 1
`,
});

/**
 * Retires a group: its unfinished events no longer hold back trimming, and expire with the retention. Replies 1, or 0 when
 * the group does not exist or is already retired.
 */
export const retireGroupScript = defineScript({
  name: 'retire-group',
  keys: ['state', 'groups', 'log'],
  args: ['group', 'actor', 'origin'],
  uses: [clock, logLine],
  reply: Number,
  body: `
if redis.call('HEXISTS', groups, group) == 0 or redis.call('HEXISTS', state, 'retiredAt') == 1 then return 0 end
redis.call('HSET', state, 'retiredAt', as_text(now_ms()))
log_line(log, 'retired', group, '*', '0-0', '{}', 'actor', actor, 'from', origin)
return 1
`,
});
