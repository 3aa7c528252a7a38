import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

/** Where references of a catalog may lead. */
export interface Bounds {
  /** The catalog's own folder: references within it may lead to any file. */
  readonly folder: string;
  /** What references may not leave; outside the catalog's folder they may lead to YAML and JSON alone. */
  readonly root: string;
}

/**
 * The bounds of a catalog.
 * @param catalog The root document.
 * @param root Default: the repository that the catalog is in; without one, the folder around the catalog's, where its
 *   neighbours are.
 */
export function boundsOf(catalog: string, root: string | undefined): Bounds {
  const folder = dirname(resolve(catalog));
  return { folder, root: root ?? repositoryOf(folder) ?? dirname(folder) };
}

function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return folder === dirname(folder) ? undefined : repositoryOf(dirname(folder));
}

/** Whether a reference may lead to a file, also when links are followed. One that does not exist is where its path says. */
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
  const way = relative(folder, path);
  return way === '' || !(way === '..' || /^\.\.[\\/]/.test(way) || isAbsolute(way));
}

function realPathOf(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    // Of a path that does not exist, the part that does.
    return whole === dirname(whole) ? whole : join(realPathOf(dirname(whole)), relative(dirname(whole), whole));
  }
}
