import { defineScript } from '../connection/define-script.js';
import { clock } from '../store/prelude.lua.js';

/**
 * Records that a process publishes, and which versions it has published since its last call: `<type>@<version> <service>`. After
 * the first 10,000 of them in all processes, further ones are recorded as `+`. `description` is empty if it has not changed since
 * the last call. Replies 0 if Redis then has none. After a call with `ends` = 1 the process does not count as living.
 */
export const registerPublisherScript = defineScript({
  name: 'register-publisher',
  mode: 'publish',
  keys: ['publishers', 'seen', 'published'],
  args: ['publisher', 'description', 'ends'],
  lists: { recent: 'arg' },
  uses: [clock],
  reply: Number,
  body: `
local now = as_text(now_ms())
if description ~= '' then redis.call('HSET', publishers, publisher, description)
elseif not redis.call('HGET', publishers, publisher) then return 0 end
redis.call('HSET', seen, publisher, ends == '1' and '0' or now)
local size = redis.call('HGET', published, '#')
for _, name in ipairs(recent) do
  local is_new = not redis.call('HGET', published, name)
  if is_new and tonumber(size or '0') >= 10000 then name = '+'
  elseif is_new then size = redis.call('HINCRBY', published, '#', 1) end
  redis.call('HSET', published, name, now)
end
return 1
`,
});
