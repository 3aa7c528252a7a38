import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GeneratorError } from '../support/errors.js';
import type { ComparableModel } from './compare-models.js';
import { fileAt, isCommit, modelsUpTo, withFolderAt } from './git.js';
import { type Release, readHistory, releasesInRetention } from './history.js';
import { parseModel } from './model-file.js';

/** What a catalog is compared with, and where it may have been. */
export interface AgainstOptions {
  /** A file, a folder, or a git commit. Default: the last release of the history, else git's `HEAD`. */
  readonly against: string | undefined;
  /** The catalog's root document, relative to the working directory. */
  readonly catalog: string;
  /** The SDK's folder. */
  readonly out: string;
  /** The folder of the releases. */
  readonly history: string;
  /** Whether every version that is alive counts, not the one named alone. */
  readonly isTransitive: boolean;
  readonly now: Date;
  /** Whether there may be no version before this one: it is to be recorded as the first. */
  readonly mayBeFirst: boolean;
  /** Reads an AsyncAPI document. */
  readonly read: (catalog: string) => ComparableModel;
}

/**
 * The versions to compare with: the one that was named last, and before it the older ones that are alive, oldest first.
 * None where this version may be the first, and is.
 * @throws GeneratorError `USAGE` when there is nothing to compare with.
 */
export function resolveAgainst(options: AgainstOptions): readonly Release[] {
  const { against, history, isTransitive, now } = options;
  const releases = readHistory(history);
  const alive = isTransitive ? releasesInRetention(releases, now) : releases.slice(-1);
  if (against === undefined) {
    if (alive.length > 0) return alive;
    if (isCommit('HEAD') && (!options.mayBeFirst || isInCommit('HEAD', options))) return ofCommit('HEAD', options);
    if (options.mayBeFirst) return [];
    throw usage('there is nothing to compare with', 'name a file or a git commit, or record a version with --record');
  }
  if (existsSync(against)) return [...(isTransitive ? alive : []), ofFile(against, options)];
  if (!isCommit(against)) {
    throw usage(
      `${against} is neither a file nor a git commit`,
      'name a catalog.json, an AsyncAPI document or a commit',
    );
  }
  const named = ofCommit(against, options);
  return isTransitive && alive.length > 0 ? [...alive, ...named.slice(-1)] : named;
}

function ofFile(path: string, { read }: AgainstOptions): Release {
  const file = statSync(path).isDirectory() ? firstThere(path) : path;
  const model = parseModel(readFileSync(file, 'utf8')) ?? read(file);
  return { label: file, recordedAt: '', model };
}

function firstThere(folder: string): string {
  const names = ['catalog.json', 'asyncapi.yaml', 'asyncapi.yml', 'asyncapi.json'];
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw usage(`${folder} holds no catalog`, `one of ${names.join(', ')} must be in it`);
  return found;
}

/** Whether a commit has the catalog, or what was made of it. */
function isInCommit(ref: string, { catalog, out }: AgainstOptions): boolean {
  const isWithin = (path: string) => !path.startsWith('..') && !path.startsWith('/');
  return [catalog, join(out, 'catalog.json')].some((path) => isWithin(path) && fileAt(ref, path) !== undefined);
}

/** The catalog as it was at a commit: its sources, or where they need more than their folder, its `catalog.json`. */
function ofCommit(ref: string, { catalog, out, isTransitive, read }: AgainstOptions): readonly Release[] {
  const file = join(out, 'catalog.json').replaceAll('\\', '/');
  const older = isTransitive ? modelsUpTo(ref, file) : [];
  const source = modelOf(ref, catalog, read);
  const model = source instanceof GeneratorError ? parseModel(fileAt(ref, file) ?? '') : source;
  if (model !== undefined) return [...older, { label: ref, recordedAt: '', model }];
  if (source instanceof GeneratorError) throw source;
  throw usage(`${ref} has neither ${catalog} nor ${file}`, 'name a commit that has one of them');
}

/** The model of the catalog's sources at a commit, or why it cannot be had. */
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
  const at = { severity: 'error', file: 'hyvve-events diff', line: 1, column: 1 } as const;
  return new GeneratorError([{ ...at, code: 'USAGE', message, hint }]);
}
