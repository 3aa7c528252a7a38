import { defineScript } from './define-script.js';

/**
 * Finds a command that this user is not permitted to call, without calling any of them. Redis treats this script as a script
 * that writes: while Redis refuses writes, it refuses the script too. The parts of a command are separated by spaces.
 *
 * Replies the first such command, or an empty text.
 */
export const probeScript = defineScript({
  name: 'probe',
  keys: [],
  args: [],
  lists: { keys: 'key', commands: 'arg' },
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
