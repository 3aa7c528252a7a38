import { defineReadScript } from '../connection/script.js';

/**
 * Looks for entries whose text has a word, in a part of a stream: whoever asks reads those alone.
 *
 * KEYS  stream;  ARGV  from, to, word, most entries, most bytes that are read, XRANGE or XREVRANGE
 * Gives {stream id and text of each entry in turn, the last entry that was read, how many were, 1 where there are no
 * more}.
 */
export const findEventScript = defineReadScript(
  'find-event',
  `
local from, left, room, found, last, seen, step = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5]), {}, '', 0, 64
while left > 0 and room > 0 do
  local count = math.min(left, step)
  local page = redis.call(ARGV[6], KEYS[1], from, ARGV[2], 'COUNT', count)
  for _, entry in ipairs(page) do
    local text = entry[2][2] or ''
    last = entry[1]
    room = room - #text
    if string.find(text, ARGV[3], 1, true) then
      found[#found + 1] = last
      found[#found + 1] = text
      room = 0
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
);
