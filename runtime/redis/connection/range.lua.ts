import { defineScript } from './define-script.js';

/**
 * Reads a range of a stream up to a number of entries or of bytes, whichever is reached first; at least one entry.
 * `command` is XRANGE or XREVRANGE.
 *
 * Replies the entries, and 1 when no more follow.
 */
export const rangeScript = defineScript({
  name: 'range',
  mode: 'read',
  keys: ['stream'],
  args: ['start', 'stop', 'limit', 'maxBytes', 'command'],
  reply: (reply) =>
    reply as readonly [entries: readonly (readonly [id: string, fields: readonly string[]])[], done: 0 | 1],
  body: `
local from, left, bytes_left, taken, step = start, tonumber(limit), tonumber(max_bytes), {}, 8
while left > 0 and bytes_left > 0 do
  local count = math.min(left, step)
  local page = redis.call(command, stream, from, stop, 'COUNT', count)
  for _, entry in ipairs(page) do
    for _, value in ipairs(entry[2]) do bytes_left = bytes_left - #value end
    taken[#taken + 1] = entry
    left = left - 1
    if bytes_left <= 0 then break end
  end
  if bytes_left > 0 and #page < count then return { taken, 1 } end
  if #taken > 0 then from = '(' .. taken[#taken][1] end
  step = math.min(128, step * 2)
end
return { taken, 0 }
`,
});
