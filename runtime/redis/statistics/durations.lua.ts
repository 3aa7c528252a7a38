import { defineScript } from '../connection/define-script.js';

/** Adds to the durations of a handler, and stores them for another 30 days. */
export const addDurationsScript = defineScript({
  name: 'add-durations',
  keys: ['durations'],
  args: [],
  lists: { counters: { name: 'arg', count: 'arg' } },
  reply: Number,
  body: `
for _, counter in ipairs(counters) do redis.call('HINCRBY', durations, counter.name, counter.count) end
redis.call('EXPIRE', durations, 2592000)
return 1
`,
});
