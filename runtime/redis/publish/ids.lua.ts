import { defineReadScript } from '../connection/script.js';
import { addedByOthersFunction } from '../store/stream-ids.lua.js';

/**
 * Reads which events are in a part of a stream, without their content: of envelopes as this SDK writes them, with the id
 * first.
 *
 * KEYS  stream, ring of the publisher
 * ARGV  from, to, most entries, most bytes that are read
 * Gives {stream id and event id (`-` where it is not read) of each entry by space, the last entry's stream id, 1 where there
 * are no more, how many entries others than the publisher have ever added}.
 */
export const idsScript = defineReadScript(
  'ids',
  `
${addedByOthersFunction}
local from, left, room, found, last, step = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), {}, '', 64
local done = 0
while left > 0 and room > 0 and done == 0 do
  local count = math.min(left, step)
  local page = redis.call('XRANGE', KEYS[1], from, ARGV[2], 'COUNT', count)
  for _, entry in ipairs(page) do
    local json = entry[2][2]
    last = entry[1]
    -- Ids that say when they were made have 24 characters.
    local is_ours = string.sub(json, 1, 7) == '{"id":"' and string.sub(json, 32, 32) == '"'
    found[#found + 1] = last
    found[#found + 1] = is_ours and string.sub(json, 8, 31) or '-'
    room = room - #json
  end
  left = left - #page
  if #page < count then done = 1 end
  from = '(' .. last
  step = math.min(256, step * 2)
end
return { table.concat(found, ' '), last, done, added_by_others(KEYS[1], KEYS[2]) }
`,
);
