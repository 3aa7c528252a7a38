import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The name of a file of a history. Its group is the number of the release. */
export const filePattern = /^(\d{4})-.+\.json$/;

/** The folder of the recorded releases. Default: `history` in the folder of the catalog. */
export function historyFolder({
  history,
  catalog,
}: {
  readonly history?: string | undefined;
  readonly catalog: string;
}): string {
  return history ?? join(dirname(catalog), 'history').replaceAll('\\', '/');
}

/** The names of a history's files, oldest first. */
export function historyFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => filePattern.test(name))
      .sort();
  } catch {
    return [];
  }
}
