import { defineScript } from '../script.js';

/**
 * Lua: `bump(prefix, now, field, n)` counts `n` more of `field` in the buckets of this minute and this hour. A bucket ends
 * with its retention, which its first count of each field sets: a call more for each would be the dearest part of it.
 */
export const bumpFunction = `
local function bump(prefix, now, field, n)
  local minute = prefix .. ':m:' .. math.floor(now / 60000)
  local hour = prefix .. ':h:' .. math.floor(now / 3600000)
  if redis.call('HINCRBY', minute, field, n) == tonumber(n) then redis.call('EXPIRE', minute, 90000) end
  if redis.call('HINCRBY', hour, field, n) == tonumber(n) then redis.call('EXPIRE', hour, 2595600) end
end
`;

/**
 * Counts by itself, where a script that settles left it to be done.
 *
 * KEYS  prefix of the buckets;  ARGV  pairs (field, how many)
 */
export const countScript = defineScript(
  'count',
  `
${bumpFunction}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #ARGV, 2 do bump(KEYS[1], now, ARGV[i], ARGV[i + 1]) end
return 1
`,
);
