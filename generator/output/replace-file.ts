import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Writes a file as a whole: a reader, and a process that ends in between, finds the former text or the new one. A link stays a link,
 * and an existing file keeps its permissions.
 */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const isThere = existsSync(file);
  const path = isThere ? realpathSync(file) : file;
  // In the same folder, because a rename is only atomic within one file system.
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, content);
    if (isThere) chmodSync(temporary, statSync(path).mode);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
