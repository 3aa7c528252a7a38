import { defineScript } from '../connection/script.js';

/**
 * Adds how long runs of a handler took to what is known of it, and keeps that for 30 days more.
 *
 * KEYS  the handler's durations;  ARGV  pairs (field, how much)
 */
export const addDurationsScript = defineScript(
  'add-durations',
  `
for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], 2592000)
return 1
`,
);
