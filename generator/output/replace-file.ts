import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file as a whole: a reader, and a process that ends in between, finds the former text or the new one. */
export function replaceFile(path: string, text: string): void {
  // In the same folder, because a rename is only atomic within one file system.
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
