import { basename, dirname } from 'node:path';
import { pascalCase } from './names.js';
import { fieldsOf, type Located } from './sources.js';

/** Keywords and fields of which each entry has a name of its own. */
const containers = new Set(['schemas', 'definitions', '$defs', 'messages', 'messageTraits', 'channels']);

/** Keys on the way that are no part of a name. */
const silent = new Set(['properties', 'patternProperties', 'schema', ...containers]);

/** Names of files that say nothing of what is in them. */
const plainFiles = new Set([
  'Schema',
  'Schemas',
  'Index',
  'Payload',
  'Payloads',
  'Message',
  'Messages',
  'Asyncapi',
  'Types',
]);

/**
 * What a schema that a `$ref` points to may be called, best first.
 * @param fallback What else it may be called, when its own name is taken.
 */
export function candidateNames({ path, keys, value }: Located, fallback: readonly string[]): string[] {
  const last = keys.findLastIndex(
    (key, index) => containers.has(key) && index < keys.length - 1 && keys[index - 1] !== 'properties',
  );
  const own = (last < 0 ? keys : keys.slice(last + 1)).map(wordOf).join('');
  const file = pascalCase(basename(path).replace(/(?:[._-]?schema)?\.(?:json|ya?ml|avsc)$/i, ''));
  const { title } = fieldsOf(value);
  const titled = typeof title === 'string' && title.length <= 60 ? pascalCase(title) : '';
  const named = own !== '' || plainFiles.has(file) ? [own, titled] : [file, titled];
  const folder = pascalCase(basename(dirname(path)));
  const all = [...named, ...fallback, own === file ? own : file + own, folder + file + own, 'Schema'];
  return [...new Set(all.filter((name) => name !== ''))];
}

function wordOf(key: string, index: number, keys: readonly string[]): string {
  const before = keys[index - 1];
  const isName = before === 'properties' || before === 'patternProperties';
  if (!isName && silent.has(key)) return '';
  if (!isName && key === 'items') return 'Item';
  if (!isName && key === 'additionalProperties') return 'Value';
  if (/^\d+$/.test(key) && index > 0) return String(Number(key) + 1);
  return pascalCase(key);
}
