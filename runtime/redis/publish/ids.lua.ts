import { defineScript } from '../connection/define-script.js';
import { addedByOthers } from '../store/prelude.lua.js';

/**
 * Reads the event ids in a range of a stream, without the events: only ids of envelopes that this SDK has written, in which
 * the id comes first.
 *
 * Replies stream id and event id (`-` if it cannot be read) of each entry, separated by spaces; the stream id of the last
 * entry; 1 when no more follow; and the number of entries that publishers other than the owner of the ring have ever added.
 */
export const idsScript = defineScript({
  name: 'ids',
  mode: 'read',
  keys: ['stream', 'ring'],
  args: ['start', 'stop', 'limit', 'maxBytes'],
  uses: [addedByOthers],
  reply: (reply) => reply as readonly [text: string, last: string, done: 0 | 1, others: number],
  body: `
local from, left, bytes_left, found, last, step = start, tonumber(limit), tonumber(max_bytes), {}, '', 64
local done = 0
while left > 0 and bytes_left > 0 and done == 0 do
  local count = math.min(left, step)
  local page = redis.call('XRANGE', stream, from, stop, 'COUNT', count)
  for _, entry in ipairs(page) do
    local json = entry[2][2]
    last = entry[1]
    -- Ids that contain their time have 24 characters.
    local is_ours = string.sub(json, 1, 7) == '{"id":"' and string.sub(json, 32, 32) == '"'
    found[#found + 1] = last
    found[#found + 1] = is_ours and string.sub(json, 8, 31) or '-'
    bytes_left = bytes_left - #json
  end
  left = left - #page
  if #page < count then done = 1 end
  from = '(' .. last
  step = math.min(256, step * 2)
end
return { table.concat(found, ' '), last, done, added_by_others(stream, ring) }
`,
});
