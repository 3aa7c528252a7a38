import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** The folders that references of a catalog may point into. */
export interface Bounds {
  /** The catalog's folder: references may point to any file in it. */
  readonly folder: string;
  /** The folder that references may not leave. Outside the catalog's folder they may only point to YAML and JSON files. */
  readonly root: string;
}

/**
 * The bounds of a catalog.
 * @param catalog The root document.
 * @param root Default: the repository that contains the catalog; without one, the parent of the catalog's folder.
 */
export function boundsOf(catalog: string, root: string | undefined): Bounds {
  const folder = dirname(resolve(catalog));
  return { folder, root: root ?? repositoryOf(folder) ?? dirname(folder) };
}

function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return folder === dirname(folder) ? undefined : repositoryOf(dirname(folder));
}

/** Whether a reference may point to a file, with symbolic links resolved. A path that does not exist is used as written. */
export function isWithin({ folder, root }: Bounds, path: string): boolean {
  return isInside(folder, path) || (isInside(root, path) && [path, realPathOf(path)].every(isDocument));
}

function isDocument(path: string): boolean {
  return /\.(ya?ml|json)$/i.test(path);
}

function isInside(folder: string, path: string): boolean {
  return isBelow(resolve(folder), resolve(path)) && isBelow(realPathOf(folder), realPathOf(path));
}

function isBelow(folder: string, path: string): boolean {
  const steps = relative(folder, path);
  return steps === '' || !(steps === '..' || /^\.\.[\\/]/.test(steps) || isAbsolute(steps));
}

function realPathOf(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    // The path does not exist: resolve the part that does.
    return whole === dirname(whole) ? whole : join(realPathOf(dirname(whole)), relative(dirname(whole), whole));
  }
}
