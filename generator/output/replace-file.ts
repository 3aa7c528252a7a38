import { chmodSync, existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { temporaryFor } from '../support/temporary-file.js';

/**
 * Writes a file as a whole: a reader, and a process that ends in between, finds the former text or the new one. A link stays a link,
 * and an existing file keeps its permissions.
 */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const isThere = existsSync(file);
  const path = isThere ? realpathSync(file) : file;
  const temporary = temporaryFor(path);
  try {
    writeFileSync(temporary, content);
    if (isThere) chmodSync(temporary, statSync(path).mode);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
