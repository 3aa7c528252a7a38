import { basename, dirname, isAbsolute, relative } from 'node:path';
import { fieldsOf, type NodeRef } from '../source/document-store.js';
import { pascalCase } from '../support/names.js';

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
export function candidateNames(at: NodeRef, fallback: readonly string[]): string[] {
  const own = ownName(at);
  const file = fileName(at.path);
  const { title } = fieldsOf(at.value);
  const titled = typeof title === 'string' && title.length <= 60 ? pascalCase(title) : '';
  const named = own !== '' || plainFiles.has(file) ? [own, titled] : [file, titled];
  return [...new Set([...named, ...fallback].filter((name) => name !== ''))];
}

/**
 * What a schema may be called when those names are taken: after its domain, then its file and its folder within the catalog.
 * @param name The best of those names.
 * @param domain The one domain whose events use it; undefined where several do.
 * @param root The catalog's root document: names do not depend on where that is.
 */
export function otherNames(at: NodeRef, name: string, domain: string | undefined, root: string): string[] {
  const own = ownName(at);
  const file = fileName(at.path);
  const folder = isAbsolute(at.path) ? pascalCase(basename(relative(dirname(root), dirname(at.path)))) : '';
  const byFile = plainFiles.has(file) ? [] : [own === file ? own : file + own];
  const byFolder = folder === '' ? [] : [folder + (own === file || plainFiles.has(file) ? own : file + own)];
  const all = [(domain ?? 'Shared') + name, ...byFile, ...byFolder, `${name}Schema`];
  return all.filter((each) => each !== '');
}

function ownName({ keys }: NodeRef): string {
  const last = keys.findLastIndex(
    (key, index) => containers.has(key) && index < keys.length - 1 && keys[index - 1] !== 'properties',
  );
  return (last < 0 ? keys : keys.slice(last + 1)).map(wordOf).join('');
}

function fileName(path: string): string {
  return pascalCase(basename(path).replace(/(?:[._-]?schema)?\.(?:json|ya?ml|avsc)$/i, ''));
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
