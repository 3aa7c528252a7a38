import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Lock files of this process. The process id in the file is not enough: after a restart in a container, an old lock may contain
 * the id of this process.
 */
const held = new Set<string>();

/**
 * Makes this process the only one that uses a folder.
 * @returns A function that releases the lock.
 * @throws Error if another running process has locked the folder
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(resolve(folder), 'lock');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      held.add(file);
      return async () => {
        held.delete(file);
        await rm(file, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (held.has(file) || (holder > 0 && holder !== process.pid && isAlive(holder))) {
        throw new Error(
          `the folder ${folder} is in use by process ${holder}: stop it, or set DATABASE_URL to share a PostgreSQL database`,
        );
      }
      await rm(file, { force: true });
    }
  }
  throw new Error(`the folder ${folder} was just locked by another process; try again`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
