import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';

/**
 * The folder that references of a catalog may not leave: the repository that the catalog is in, else the catalog's folder.
 * @param catalog The root document.
 */
export function rootOf(catalog: string): string {
  const folder = dirname(resolve(catalog));
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return folder;
  }
}

/** Whether a file is in a folder, also when links are followed. One that does not exist is where its path says. */
export function isInside(folder: string, path: string): boolean {
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
