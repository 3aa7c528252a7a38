import { defineScript } from '../connection/define-script.js';
import { clock } from '../store/prelude.lua.js';

/**
 * Removes publishers without a heartbeat for `forget_after_ms`, and versions that were last published more than `published_ms`
 * ago. Replies the number of removed publishers.
 */
export const forgetPublishersScript = defineScript({
  name: 'forget-publishers',
  keys: ['publishers', 'seen', 'published'],
  args: ['forgetAfterMs', 'publishedMs'],
  uses: [clock],
  reply: Number,
  body: `
local now = now_ms()
local function older_than(hash, ms)
  local found, pairs_of = {}, redis.call('HGETALL', hash)
  for i = 1, #pairs_of, 2 do
    if #found < 1000 and pairs_of[i] ~= '#' and (tonumber(pairs_of[i + 1]) or 0) < now - tonumber(ms) then found[#found + 1] = pairs_of[i] end
  end
  return found
end
local gone, ended = older_than(seen, forget_after_ms), older_than(published, published_ms)
if #gone > 0 then
  redis.call('HDEL', publishers, unpack(gone))
  redis.call('HDEL', seen, unpack(gone))
end
if #ended > 0 then
  -- \`#\` is the number of the other fields without \`+\`.
  local count = 0
  for _, name in ipairs(ended) do if name ~= '+' then count = count + 1 end end
  redis.call('HINCRBY', published, '#', -count)
  redis.call('HDEL', published, unpack(ended))
end
return #gone
`,
});
