import { defineScript } from '../connection/define-script.js';

/**
 * Searches a range of a stream for entries whose text contains a word, so that only those are sent to the caller. `command`
 * is XRANGE or XREVRANGE.
 *
 * Replies stream id and text of each found entry alternately, the id of the last entry that was read, the number of entries
 * that were read, and 1 when no more follow.
 */
export const findEventScript = defineScript({
  name: 'find-event',
  mode: 'read',
  keys: ['stream'],
  args: ['start', 'stop', 'word', 'limit', 'maxBytes', 'command'],
  reply: (reply) => reply as readonly [found: readonly string[], last: string, seen: number, done: 0 | 1],
  body: `
local from, left, bytes_left, found, last, seen, step = start, tonumber(limit), tonumber(max_bytes), {}, '', 0, 64
while left > 0 and bytes_left > 0 do
  local count = math.min(left, step)
  local page = redis.call(command, stream, from, stop, 'COUNT', count)
  for _, entry in ipairs(page) do
    local text = entry[2][2] or ''
    last = entry[1]
    bytes_left = bytes_left - #text
    if string.find(text, word, 1, true) then
      found[#found + 1] = last
      found[#found + 1] = text
      bytes_left = 0
    end
  end
  seen = seen + #page
  left = left - #page
  if #page < count then return { found, last, seen, 1 } end
  from = '(' .. last
  step = math.min(256, step * 2)
end
return { found, last, seen, 0 }
`,
});
