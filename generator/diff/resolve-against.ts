import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandError, GeneratorError } from '../support/errors.js';
import type { ComparableModel } from './compare-models.js';
import { fileAt, isCommit, modelsUpTo, withFolderAt } from './git.js';
import { type Release, readHistory, releasesInRetention } from './history.js';
import { parseModel } from './model-file.js';

/** The version that a catalog is compared with, and its place. */
export interface AgainstOptions {
  /** A file, a folder, or a git commit. Default: the last release of the history, otherwise git's `HEAD`. */
  readonly against: string | undefined;
  /** The catalog's root document, relative to the working directory. */
  readonly catalog: string;
  /** The SDK's folder. */
  readonly out: string;
  /** The folder of the releases. */
  readonly history: string;
  /** Whether to compare with every version in the retention, not only with the last one. */
  readonly isTransitive: boolean;
  readonly now: Date;
  /** Whether it is allowed that no earlier version exists, because this one is recorded as the first. */
  readonly mayBeFirst: boolean;
  /** Reads an AsyncAPI document. */
  readonly read: (catalog: string) => ComparableModel;
}

/**
 * The versions to compare with, oldest first: older versions in the retention, then the requested one. Empty if this version
 * may be the first and no earlier version exists.
 * @throws GeneratorError `USAGE` if there is nothing to compare with.
 */
export function resolveAgainst(options: AgainstOptions): readonly Release[] {
  const { against, history, isTransitive, now } = options;
  const releases = readHistory(history);
  const stored = isTransitive ? releasesInRetention(releases, now) : releases.slice(-1);
  if (against === undefined) {
    if (stored.length > 0) return stored;
    if (isCommit('HEAD') && (!options.mayBeFirst || isInCommit('HEAD', options))) return ofCommit('HEAD', options);
    if (options.mayBeFirst) return [];
    throw usage('there is nothing to compare with', 'name a file or a git commit, or record a version with --record');
  }
  if (existsSync(against)) return [...(isTransitive ? stored : []), ofFile(against, options)];
  if (!isCommit(against)) {
    throw usage(
      `${against} is neither a file nor a git commit`,
      'name a catalog.json, an AsyncAPI document or a commit',
    );
  }
  const named = ofCommit(against, options);
  return isTransitive && stored.length > 0 ? [...stored, ...named.slice(-1)] : named;
}

function ofFile(path: string, { read }: AgainstOptions): Release {
  const file = statSync(path).isDirectory() ? firstCatalogIn(path) : path;
  const model = parseModel(readFileSync(file, 'utf8')) ?? read(file);
  return { label: file, recordedAt: '', model };
}

function firstCatalogIn(folder: string): string {
  const names = ['catalog.json', 'asyncapi.yaml', 'asyncapi.yml', 'asyncapi.json'];
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw usage(`${folder} does not contain a catalog`, `it must contain one of ${names.join(', ')}`);
  return found;
}

/** Whether a commit contains the catalog or its `catalog.json`. */
function isInCommit(ref: string, { catalog, out }: AgainstOptions): boolean {
  const isWithin = (path: string) => !path.startsWith('..') && !path.startsWith('/');
  return [catalog, join(out, 'catalog.json')].some((path) => isWithin(path) && fileAt(ref, path) !== undefined);
}

/** The catalog at a commit: from its sources, or from `catalog.json` if the sources cannot be read from their folder alone. */
function ofCommit(ref: string, { catalog, out, isTransitive, read }: AgainstOptions): readonly Release[] {
  const file = join(out, 'catalog.json').replaceAll('\\', '/');
  const older = isTransitive ? modelsUpTo(ref, file) : [];
  const source = modelOf(ref, catalog, read);
  const model = source instanceof GeneratorError ? parseModel(fileAt(ref, file) ?? '') : source;
  if (model !== undefined) return [...older, { label: ref, recordedAt: '', model }];
  if (source instanceof GeneratorError) throw source;
  throw usage(`${ref} has neither ${catalog} nor ${file}`, 'name a commit that has one of them');
}

/** The model of the catalog's sources at a commit, or the error why it cannot be read. */
function modelOf(ref: string, catalog: string, read: AgainstOptions['read']): ComparableModel | GeneratorError {
  const missing = usage(`${catalog} is not in ${ref}`, 'name a commit that has it');
  if (catalog.startsWith('..') || catalog.startsWith('/')) return missing;
  const folder = dirname(catalog);
  try {
    return withFolderAt(ref, folder === '.' ? '' : folder, (root) => read(join(root, catalog))) ?? missing;
  } catch (error) {
    if (error instanceof GeneratorError) return error;
    throw error;
  }
}

function usage(message: string, hint: string): GeneratorError {
  return commandError('diff', { code: 'USAGE', message, hint });
}
