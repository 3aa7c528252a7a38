import { defineScript } from '../connection/script.js';

/**
 * Lua: `bump(minute, hour, field, n)` counts `n` more of `field` in the hashes of a minute and an hour. Such a hash ends
 * with its retention, which its first count of each field sets: a call more for each would be the dearest part of it.
 */
export const bumpFunction = `
local function bump(minute, hour, field, n)
  if redis.call('HINCRBY', minute, field, n) == tonumber(n) then redis.call('EXPIRE', minute, 90000) end
  if redis.call('HINCRBY', hour, field, n) == tonumber(n) then redis.call('EXPIRE', hour, 2595600) end
end
`;

/**
 * Counts by itself, where a script that settles left it to be done.
 *
 * KEYS  counters of the minute, of the hour;  ARGV  pairs (field, how many)
 */
export const countScript = defineScript(
  'count',
  `
${bumpFunction}
for i = 1, #ARGV, 2 do bump(KEYS[1], KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1
`,
);
