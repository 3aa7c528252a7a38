import { defineScript } from '../connection/define-script.js';
import { bump } from '../store/prelude.lua.js';

/** Adds counts to the counters of a minute and an hour, for settles whose script counts nothing. */
export const countScript = defineScript({
  name: 'count',
  keys: ['minute', 'hour'],
  args: [],
  lists: { counters: { name: 'arg', count: 'arg' } },
  uses: [bump],
  reply: Number,
  body: `
for _, counter in ipairs(counters) do bump(minute, hour, counter.name, counter.count) end
return 1
`,
});
