import { defineScript } from '../connection/define-script.js';
import { logLine } from '../store/prelude.lua.js';

/**
 * Writes that an operator begins a growth of the partitions, and remembers in partition 0 who, until its end is written. `count` is the number of
 * partitions at its end. Replies 1.
 */
export const logGrowthStartScript = defineScript({
  name: 'log-growth-start',
  keys: ['log', 'partition'],
  args: ['count', 'detail', 'actor', 'origin'],
  uses: [logLine],
  reply: Number,
  body: `
log_line(log, 'growth-started', '*', '*', '0-0', detail, 'actor', actor, 'from', origin)
redis.call('HSET', partition, 'growth', cjson.encode({ count = count, detail = detail, actor = actor, from = origin }))
return 1
`,
});

/**
 * Writes that the growth which an operator has begun has ended, if its end is not written yet. `count` is the number of partitions. Replies 1
 * if it was written, otherwise 0.
 */
export const logGrowthEndScript = defineScript({
  name: 'log-growth-end',
  keys: ['log', 'partition'],
  args: ['count'],
  uses: [logLine],
  reply: Number,
  body: `
local begun = redis.call('HGET', partition, 'growth')
begun = begun and cjson.decode(begun)
if not begun or tonumber(begun.count) > tonumber(count) then return 0 end
log_line(log, 'growth-completed', '*', '*', '0-0', begun.detail, 'actor', begun.actor, 'from', begun.from)
redis.call('HDEL', partition, 'growth')
return 1
`,
});
