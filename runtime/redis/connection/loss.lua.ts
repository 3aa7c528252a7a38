import { logLine, streamIds } from '../store/prelude.lua.js';
import { defineScript } from './define-script.js';

/**
 * Checks the latest entry that a process knows, and writes a line to the log if it is missing. Later entries prove nothing:
 * another client may have written them after the loss. A loss is not detected if another client then wrote an entry with
 * the same id in the same millisecond.
 *
 * An entry before the first entry of a trimmed stream is not lost, nor is an entry that was deleted by its id.
 *
 * Replies nothing if the entry exists, else the last existing entry before it and the last id of the stream.
 */
export const lossScript = defineScript({
  name: 'loss',
  keys: ['events', 'log'],
  args: ['known', 'service'],
  uses: [logLine, streamIds],
  reply: (reply) => reply as readonly [from: string, last: string] | null,
  body: `
local last, from = '0-0', '0-0'
if redis.call('EXISTS', events) == 1 then
  if #redis.call('XRANGE', events, known, known) == 1 then return false end
  local info = redis.call('XINFO', 'STREAM', events)
  last = field(info, 'last-generated-id')
  if field(info, 'max-deleted-entry-id') == known then return false end
  local before = redis.call('XREVRANGE', events, '(' .. known, '-', 'COUNT', 1)[1]
  if before then
    from = before[1]
  elseif not is_before(last, known) and field(info, 'entries-added') > field(info, 'length') then
    return false
  end
end
local detail = cjson.encode({ reason = 'Redis lost its latest writes', from = from, to = known })
log_line(log, 'lost', service, '*', known, detail)
return { from, last }
`,
});
