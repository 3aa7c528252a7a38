import { defineScript } from '../connection/define-script.js';

/** The fields of the map; nothing for a field that is missing. */
export type MapFields = readonly [format: string | null, epoch: string | null, partitions: string | null];

/** Replies the fields of the map. */
export const readMapScript = defineScript({
  name: 'read-map',
  mode: 'read',
  keys: ['map'],
  args: [],
  reply: (reply) => reply as MapFields,
  body: `return redis.call('HMGET', map, 'format', 'epoch', 'partitions')`,
});

/** Creates the map if there is none. Replies the fields of the map. */
export const createMapScript = defineScript({
  name: 'create-map',
  keys: ['map'],
  args: ['format', 'epoch', 'partitions'],
  reply: (reply) => reply as MapFields,
  body: `
if redis.call('EXISTS', map) == 0 then
  redis.call('HSET', map, 'format', format, 'epoch', epoch, 'partitions', partitions)
end
return redis.call('HMGET', map, 'format', 'epoch', 'partitions')
`,
});
