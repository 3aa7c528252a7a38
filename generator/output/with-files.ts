import { readFileSync } from 'node:fs';
import { replaceFile } from './replace-file.js';

/** An existing file with its new text. */
interface NewText {
  readonly file: string;
  readonly text: string;
}

/** Writes files, then calls `use`. If it fails, the files are as before. */
export async function withFiles<T>(files: readonly NewText[], use: () => Promise<T>): Promise<T> {
  const before = files.map(({ file }) => ({ file, text: readFileSync(file, 'utf8') }));
  try {
    for (const { file, text } of files) replaceFile(file, text);
    return await use();
  } catch (error) {
    for (const { file, text } of before) replaceFile(file, text);
    throw error;
  }
}
