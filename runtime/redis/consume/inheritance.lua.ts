import { defineScript } from '../connection/define-script.js';
import { keyQueues, orderedHandlers, orderFacts } from '../store/key-queues.lua.js';
import { placeholderIn } from '../store/placeholder.lua.js';
import { clock, removals, streamIds } from '../store/prelude.lua.js';

// A growth divides the keys of a partition, the parent, between it and a new one, the child. The events of a key that moves are in the parent
// up to the fence, and later ones in the child. For ordered handlers, the child continues the key queues of the parent.

/** What a group has left to do before, and while, it reads a partition that a growth made. */
export interface FoundInheritance {
  /** The fence of the parent; undefined if the group may read the partition. */
  readonly fence: string | undefined;
  /** Index of the parent; undefined if no growth made the partition. */
  readonly parent: number | undefined;
  /** Fence of the parent at the growth; undefined if no growth made the partition. */
  readonly parentFence: string | undefined;
  /** Whether heads of key queues are still in the parent. */
  readonly hasInherited: boolean;
}

/** Replies what a group has left to do in a child. */
export const readInheritanceScript = defineScript({
  name: 'read-inheritance',
  mode: 'read',
  keys: ['partition', 'state', 'inherited'],
  args: [],
  reply: (reply): FoundInheritance => {
    const [fence, parent, parentFence, exists] = reply as readonly [
      string | null,
      string | null,
      string | null,
      number,
    ];
    return {
      fence: fence ?? undefined,
      parent: parent === null ? undefined : Number(parent),
      parentFence: parentFence ?? undefined,
      hasInherited: exists === 1,
    };
  },
  body: `
local lineage = redis.call('HMGET', partition, 'parent', 'parentFence')
return { redis.call('HGET', state, 'inherits'), lineage[1], lineage[2], redis.call('EXISTS', inherited) }
`,
});

/** The parent's group, as far as the child needs it. */
export interface ParentProgress {
  /** False as long as no process has joined the group in the parent, or the parent inherits from its own parent. */
  readonly isReady: boolean;
  readonly isOrdered: boolean;
  /** Whether the group was delivered everything up to the fence, and has entered it into the key queues. What was trimmed does not count. */
  readonly isEntered: boolean;
  /** The handlers of the group and what they accept, alternately. */
  readonly handlers: readonly string[];
  /** Fields and values of the hash `seen`, alternately. */
  readonly seen: readonly string[];
}

/** Lua: `is_entered(last)`: whether the group was delivered everything up to the fence, and has entered it. Needs `streamIds`. */
const isEntered = `
local function is_entered(last)
  if is_before(last, fence) and redis.call('XRANGE', stream, '(' .. last, fence, 'COUNT', 1)[1] then return false end
  local entered = redis.call('HGET', state, 'enteredTo') or '0-0'
  return not is_before(entered, fence) or #redis.call('XPENDING', stream, group, '(' .. entered, fence, 1) == 0
end
`;

/**
 * Called in the parent. If everything is entered, an event of a key that has moved is in its queue there, or finished: from then on the queue has a
 * head in the parent until all of them are finished, except those that let others pass.
 */
export const parentProgressScript = defineScript({
  name: 'parent-progress',
  mode: 'read',
  keys: ['stream', 'state', 'handlers', 'seen'],
  args: ['group', 'fence'],
  uses: [streamIds, orderedHandlers],
  reply: (reply): ParentProgress => {
    const [isReady, isOrdered, isEntered, handlers = [], seen = []] = reply as readonly [
      number,
      number,
      number,
      (readonly string[])?,
      (readonly string[])?,
    ];
    return { isReady: isReady === 1, isOrdered: isOrdered === 1, isEntered: isEntered === 1, handlers, seen };
  },
  body: `
${isEntered}
local last = redis.call('EXISTS', stream) == 1 and last_delivered(stream, group)
if not last or redis.call('HEXISTS', state, 'inherits') == 1 then return { 0, 0, 0 } end
local registrations = redis.call('HGETALL', handlers)
local is_ordered = #ordered_handlers(registrations, false) > 0
return { 1, is_ordered and 1 or 0, is_entered(last) and 1 or 0, registrations, redis.call('HGETALL', seen) }
`,
});

/**
 * Called in the parent: replies the heads of key queues. Nothing if the group has not entered everything up to the fence: a failover has lost what
 * it had read, and a queue without a head is not finished.
 */
export const parentHeadsScript = defineScript({
  name: 'parent-heads',
  mode: 'read',
  keys: ['stream', 'state', 'heads'],
  args: ['group', 'fence'],
  lists: { queues: 'arg' },
  uses: [streamIds],
  reply: (reply) => (reply ?? undefined) as readonly (string | null)[] | undefined,
  body: `
${isEntered}
local last = redis.call('EXISTS', stream) == 1 and last_delivered(stream, group)
if not last or not is_entered(last) then return nil end
return #queues == 0 and {} or redis.call('HMGET', heads, unpack(queues))
`,
});

/**
 * Called in the child with the handlers of the parent's group: an event that one process finishes must not be lost for a handler that only
 * another process has, which has not joined yet. Replies 0, and does nothing, if the group may already read the child.
 */
export const inheritHandlersScript = defineScript({
  name: 'inherit-handlers',
  keys: ['state', 'handlers', 'seen', 'since'],
  args: [],
  lists: { registered: { handler: 'arg', accepts: 'arg' }, beats: { field: 'arg', at: 'arg' } },
  reply: (reply) => reply as 0 | 1,
  body: `
if redis.call('HEXISTS', state, 'inherits') == 0 then return 0 end
local changed = false
for _, each in ipairs(registered) do
  redis.call('HSETNX', since, each.handler, '0-0')
  local current = redis.call('HGET', handlers, each.handler)
  -- An order that a process has registered here, and not yet in the parent, stays.
  if current ~= each.accepts and not (current and string.find(current, ' key$')) then
    redis.call('HSET', handlers, each.handler, each.accepts)
    changed = true
  end
end
for _, beat in ipairs(beats) do
  if tonumber(redis.call('HGET', seen, beat.field) or '0') < tonumber(beat.at) then
    redis.call('HSET', seen, beat.field, beat.at)
  end
end
if changed then redis.call('HINCRBY', state, 'handlersVersion', 1) end
return 1
`,
});

/**
 * Called in the child with heads of the parent's key queues: their queues wait for the parent. May be repeated. Replies 0, and does nothing,
 * if another process has finished this: a queue that the parent has finished meanwhile would never leave.
 */
export const inheritHeadsScript = defineScript({
  name: 'inherit-heads',
  keys: ['state', 'heads', 'inherited'],
  args: [],
  lists: { queues: { queue: 'arg', placeholder: 'arg' } },
  reply: (reply) => reply as 0 | 1,
  body: `
if redis.call('HEXISTS', state, 'inherits') == 0 then return 0 end
for _, each in ipairs(queues) do
  if redis.call('HSETNX', heads, each.queue, each.placeholder) == 1 then
    redis.call('HSET', inherited, each.queue, each.placeholder)
  end
end
return 1
`,
});

/**
 * Lua for the values of the hash `inherited`: a placeholder, and after `\\0` a random text if a retry has asked for its turn.
 * - `placeholder_in(value)`: the placeholder of a value.
 * - `placeholder_waits(waiting, queue, placeholder)`: the member of a placeholder that waits in a queue, if it does. It is the first one: its
 *   place is before the fence of the parent.
 */
const inheritedValues = `
${placeholderIn}
local function placeholder_waits(waiting, queue, placeholder)
  local from, to = '[' .. queue .. '\\0', '(' .. queue .. '\\1'
  local member = redis.call('ZRANGE', waiting, from, to, 'BYLEX', 'LIMIT', 0, 1)[1]
  return member and string.match(member, '[^%z]*$') == placeholder and member
end
`;

/**
 * Called in the child before a retry of a key that has moved runs in the parent: it is the head of its queue there. The placeholder takes the turn
 * in the child, or waits at the place of the retry. One placeholder stands for all that the parent has of the queue. Replies 1 if the parent has the turn.
 *
 * `turn` is a new random text: a process that has looked for the head in the parent before this call, and found none, must not free the queue.
 */
export const askTurnScript = defineScript({
  name: 'ask-turn',
  keys: ['heads', 'waiting', 'inherited'],
  args: ['queue', 'placeholder', 'queuedAs', 'turn'],
  uses: [removals, orderFacts, keyQueues, inheritedValues],
  reply: (reply) => reply as 0 | 1,
  body: `
placeholder = placeholder_in(redis.call('HGET', inherited, queue)) or placeholder
if placeholder_waits(waiting, queue, placeholder) then return 0 end
local queues = open_queues(heads, waiting)
local has_turn = queues.take_place(queue, placeholder, queued_as)
redis.call('HSET', inherited, queue, placeholder .. '\\0' .. turn)
queues.save()
remove_now()
return has_turn and 1 or 0
`,
});

/**
 * Called in the child with queues whose head in the parent has changed: `placeholder` is the new one, or empty if the parent has finished the
 * queue. Then the first waiting delivery of the queue becomes its head, and is due now; a placeholder that waits itself waits no longer. A queue that does
 * not have the value `known` any more, read before the heads of the parent, is not changed. Replies the number of changed queues, and the number of deliveries that are due.
 */
export const followHeadsScript = defineScript({
  name: 'follow-heads',
  keys: ['heads', 'waiting', 'retries', 'inherited'],
  args: [],
  lists: { changed: { due: 'key', queue: 'arg', known: 'arg', placeholder: 'arg' } },
  uses: [clock, removals, orderFacts, keyQueues, inheritedValues],
  reply: (reply) => reply as readonly [changed: number, due: number],
  body: `
local queues, count, made_due, now = open_queues(heads, waiting), 0, 0, as_text(now_ms())
for _, each in ipairs(changed) do
  local is_known, former = redis.call('HGET', inherited, each.queue) == each.known, placeholder_in(each.known)
  local is_head = is_known and redis.call('HGET', heads, each.queue) == former
  if is_head and each.placeholder ~= '' then
    queues.replace(each.queue, former, each.placeholder, former)
    redis.call('HSET', inherited, each.queue, each.placeholder .. string.sub(each.known, #former + 1))
    count = count + 1
  elseif is_known and each.placeholder == '' then
    local member = not is_head and placeholder_waits(waiting, each.queue, former)
    if member then remove_later('ZREM', waiting, member) end
    if queues.leave_for_next(each.queue, former, retries, each.due, now) then made_due = made_due + 1 end
    remove_later('HDEL', inherited, each.queue)
    count = count + 1
  end
end
queues.save()
remove_now()
return { count, made_due }
`,
});
