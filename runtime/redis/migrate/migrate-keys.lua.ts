import { defineScript } from '../connection/define-script.js';
import { clock } from '../store/prelude.lua.js';

/**
 * Moves the event stream to its new name, and leaves a text in its place: processes of the former version cannot write to it
 * and cannot create a stream there. Replies 0 if both streams exist; nothing is changed then.
 */
export const closeFormerScript = defineScript({
  name: 'close-former',
  keys: ['former', 'events'],
  args: ['text'],
  reply: Number,
  body: `
local is_stream = redis.call('TYPE', former).ok == 'stream'
if is_stream and redis.call('EXISTS', events) == 1 then return 0 end
if is_stream then redis.call('RENAME', former, events) end
redis.call('SET', former, text)
return 1
`,
});

/** Renames keys. Replies the keys whose new name also exists: they keep their names. */
export const renameScript = defineScript({
  name: 'rename-keys',
  keys: [],
  args: [],
  lists: { pairs: { from: 'key', to: 'key' } },
  reply: (reply) => reply as readonly string[],
  body: `
local kept = {}
for _, pair in ipairs(pairs) do
  if redis.call('EXISTS', pair.from) == 1 then
    if redis.call('RENAMENX', pair.from, pair.to) == 0 then kept[#kept + 1] = pair.from end
  end
end
return kept
`,
});

/** Completes a migration: creates the map with one partition, whose publishers must know epoch 1. */
export const completeScript = defineScript({
  name: 'complete-migration',
  keys: ['map', 'partition'],
  args: ['format'],
  uses: [clock],
  reply: Number,
  body: `
redis.call('HSET', partition, 'epoch', 1, 'bornAt', as_text(now_ms()))
return redis.call('HSET', map, 'format', format, 'epoch', 1, 'partitions', 1)
`,
});

/** Begins to undo a migration: no publisher knows epoch 0, and without the map no process starts. */
export const beginUndoScript = defineScript({
  name: 'begin-undo',
  keys: ['former', 'map', 'partition'],
  args: ['text'],
  reply: Number,
  body: `
redis.call('SET', former, text)
redis.call('HSET', partition, 'epoch', 0)
return redis.call('DEL', map)
`,
});

/** Completes the undoing of a migration: moves the event stream back. */
export const completeUndoScript = defineScript({
  name: 'complete-undo',
  keys: ['former', 'events', 'partition'],
  args: [],
  reply: Number,
  body: `
redis.call('DEL', partition)
if redis.call('TYPE', former).ok == 'string' then redis.call('DEL', former) end
if redis.call('EXISTS', events) == 0 then return 0 end
return redis.call('RENAMENX', events, former)
`,
});
