import { defineScript } from '../connection/define-script.js';

/**
 * Begins an effect, or extends its lease. Replies `done` with the result, `mine`, or `busy` while another process runs it.
 */
export const beginOnceScript = defineScript({
  name: 'once-begin',
  keys: ['effect'],
  args: ['token', 'leaseMs'],
  reply: (reply) => reply as readonly [state: 'done' | 'mine' | 'busy', result?: string],
  body: `
local value = redis.call('GET', effect)
if not value or value == 'run:' .. token then
  redis.call('SET', effect, 'run:' .. token, 'PX', lease_ms)
  return { 'mine' }
end
if string.sub(value, 1, 5) == 'done:' then return { 'done', string.sub(value, 6) } end
return { 'busy' }
`,
});

/**
 * Ends an effect; `result` is empty when it failed. If its lease has expired but no other run has begun it, the effect was
 * still executed only once, and its result is stored. Replies 1, or 0 if another run has begun it.
 */
export const endOnceScript = defineScript({
  name: 'once-end',
  keys: ['effect'],
  args: ['token', 'result', 'ttlMs'],
  reply: Number,
  body: `
local value = redis.call('GET', effect)
if value and value ~= 'run:' .. token then return 0 end
if result == '' then redis.call('DEL', effect) else redis.call('SET', effect, result, 'PX', ttl_ms) end
return 1
`,
});
