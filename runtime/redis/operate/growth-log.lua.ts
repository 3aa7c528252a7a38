import { defineScript } from '../connection/define-script.js';
import { logLine } from '../store/prelude.lua.js';

/** Writes that an operator has begun or ended a growth of the partitions. Replies 1. */
export const logGrowthScript = defineScript({
  name: 'log-growth',
  keys: ['log'],
  args: ['kind', 'detail', 'actor', 'origin'],
  uses: [logLine],
  reply: Number,
  body: `
log_line(log, kind, '*', '*', '0-0', detail, 'actor', actor, 'from', origin)
return 1
`,
});
