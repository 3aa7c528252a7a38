import { defineScript } from './define-script.js';

/**
 * Finds a command that this user may not call, without calling any. Redis treats it as a script that writes: while Redis
 * refuses writes, it refuses this script too. The words of a command are separated by spaces.
 *
 * Replies the first such command, or nothing.
 */
export const probeScript = defineScript({
  name: 'probe',
  keys: ['events', 'log'],
  args: [],
  lists: { commands: 'arg' },
  reply: String,
  body: `
for _, command in ipairs(commands) do
  local words = {}
  for word in string.gmatch(command, '%S+') do words[#words + 1] = word end
  if not redis.acl_check_cmd(unpack(words)) then return command end
end
return ''
`,
});
