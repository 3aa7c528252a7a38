import { defineScript } from '../connection/define-script.js';
import { streamIds } from '../store/prelude.lua.js';

/**
 * Writes something, so that a later `WAIT` covers entries that were written before, if the stream still has them: a failover may
 * have lost them since they were read. A trimmed entry is not lost.
 *
 * Replies 1, or 0 if an entry is lost.
 */
export const confirmScript = defineScript({
  name: 'confirm',
  keys: ['events', 'ring'],
  args: ['ringTtlMs'],
  lists: { ids: 'arg' },
  uses: [streamIds],
  reply: Number,
  body: `
for _, id in ipairs(ids) do
  if #redis.call('XRANGE', events, id, id) == 0 then
    local first = redis.call('XRANGE', events, '-', '+', 'COUNT', 1)[1]
    if is_before(first and first[1] or last_generated(events), id) then return 0 end
  end
end
redis.call('HSET', ring, 'confirmed', '1')
redis.call('PEXPIRE', ring, ring_ttl_ms)
return 1
`,
});
