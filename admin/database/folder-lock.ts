import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Folders that this process has: their lock names it, as one left by a container's process of the same number would. */
const held = new Set<string>();

/**
 * Makes this process the only one that uses a folder.
 * @returns What gives it up.
 * @throws Error when another living process has it
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
          `the folder ${folder} is in use by process ${holder}: stop it, or set DATABASE_URL to share a PostgreSQL`,
        );
      }
      await rm(file, { force: true });
    }
  }
  throw new Error(`the folder ${folder} was taken by another process at this moment`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
