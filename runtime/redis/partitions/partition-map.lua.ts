import { defineScript } from '../connection/define-script.js';
import { clock } from '../store/prelude.lua.js';

/** The fields of the map, in their order in replies; nothing for a field that is missing. */
export type MapFields = readonly [
  format: string | null,
  epoch: string | null,
  partitions: string | null,
  growing: string | null,
  growths: string | null,
];

/** Lua: `map_fields(map)`: the fields of the map. */
export const mapFields = `
local function map_fields(map) return redis.call('HMGET', map, 'format', 'epoch', 'partitions', 'growing', 'growths') end
`;

/** Replies the fields of the map. */
export const readMapScript = defineScript({
  name: 'read-map',
  mode: 'read',
  keys: ['map'],
  args: [],
  uses: [mapFields],
  reply: (reply) => reply as MapFields,
  body: 'return map_fields(map)',
});

/** Writes the map, if there is none or one of an earlier epoch. `growing` and `growths` may be empty. Replies the fields of the map. */
export const writeMapScript = defineScript({
  name: 'write-map',
  keys: ['map'],
  args: ['format', 'epoch', 'partitions', 'growing', 'growths'],
  uses: [mapFields],
  reply: (reply) => reply as MapFields,
  body: `
if redis.call('EXISTS', map) == 1 then
  local present = map_fields(map)
  if present[1] ~= format or (tonumber(present[2]) or tonumber(epoch)) >= tonumber(epoch) then return present end
  if present[4] and growing == '' then redis.call('HDEL', map, 'growing') end
end
redis.call('HSET', map, 'format', format, 'epoch', epoch, 'partitions', partitions)
if growing ~= '' then redis.call('HSET', map, 'growing', growing) end
if growths ~= '' then redis.call('HSET', map, 'growths', growths) end
return map_fields(map)
`,
});

/** What a partition knows about the map for which it was written or sealed last. */
export interface PartitionRecord {
  readonly epoch: number;
  /** Number of partitions. */
  readonly count: number;
}

/** Replies what a partition knows; undefined if it knows nothing. */
export const readRecordScript = defineScript({
  name: 'read-record',
  mode: 'read',
  keys: ['partition'],
  args: [],
  reply: (reply): PartitionRecord | undefined => {
    const [epoch, count] = (reply as readonly (string | null)[]).map(Number);
    return epoch && count ? { epoch, count } : undefined;
  },
  body: `return redis.call('HMGET', partition, 'epoch', 'count')`,
});

/** Records a map in a partition that knows nothing. Replies what the partition then knows. */
export const recordPartitionScript = defineScript({
  name: 'record-partition',
  keys: ['partition'],
  args: ['epoch', 'count'],
  uses: [clock],
  reply: (reply): PartitionRecord => {
    const [epoch = 1, count = 1] = (reply as readonly string[]).map(Number);
    return { epoch, count };
  },
  body: `
if redis.call('HMGET', partition, 'count')[1] == false then
  redis.call('HSET', partition, 'epoch', epoch, 'count', count, 'bornAt', as_text(now_ms()))
end
return redis.call('HMGET', partition, 'epoch', 'count')
`,
});
