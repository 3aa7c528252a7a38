import { basename, dirname, isAbsolute, relative } from 'node:path';
import { fieldsOf, type NodeRef } from '../source/document-store.js';
import { pascalCase } from '../support/names.js';

/** Keywords and fields whose entries have names. */
const containers = new Set(['schemas', 'definitions', '$defs', 'messages', 'messageTraits', 'channels']);

/** Keys of a path that are not part of a name. */
const omittedKeys = new Set(['properties', 'patternProperties', 'schema', ...containers]);

/** File names that do not describe their content. */
const genericFiles = new Set([
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
 * Candidate names of the target of a `$ref`, best first.
 * @param fallback Names for the case that its own name is taken.
 */
export function candidateNames(at: NodeRef, fallback: readonly string[]): string[] {
  const own = ownName(at);
  const file = fileName(at.path);
  const { title } = fieldsOf(at.value);
  const titled = typeof title === 'string' && title.length <= 60 ? pascalCase(title) : '';
  const named = own !== '' || genericFiles.has(file) ? [own, titled] : [file, titled];
  return [...new Set([...named, ...fallback].filter((name) => name !== ''))];
}

/**
 * Names of a schema whose candidate names are all taken: after its domain, then its file and its folder within the catalog.
 * @param name The best candidate name.
 * @param domain The only domain whose events use the schema; undefined if several domains use it.
 * @param root The catalog's root document. Names do not depend on its location.
 */
export function otherNames(at: NodeRef, name: string, domain: string | undefined, root: string): string[] {
  const own = ownName(at);
  const file = fileName(at.path);
  const folder = isAbsolute(at.path) ? pascalCase(basename(relative(dirname(root), dirname(at.path)))) : '';
  const byFile = genericFiles.has(file) ? [] : [own === file ? own : file + own];
  const byFolder = folder === '' ? [] : [folder + (own === file || genericFiles.has(file) ? own : file + own)];
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
  if (!isName && omittedKeys.has(key)) return '';
  if (!isName && key === 'items') return 'Item';
  if (!isName && key === 'additionalProperties') return 'Value';
  if (/^\d+$/.test(key) && index > 0) return String(Number(key) + 1);
  return pascalCase(key);
}
