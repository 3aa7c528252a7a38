import { randomBytes } from 'node:crypto';

/**
 * A new name for the text that will become `file`. It is in the same folder, because a rename is only atomic within one file
 * system.
 */
export function temporaryFor(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`;
}

/** The text of an error about a temporary file, with the name of the file that it would have become. */
export function withoutTemporary(text: string): string {
  return text.replaceAll(/\.[0-9a-f]{12}\.tmp\b/g, '').replace(/('.*') -> \1/, '$1');
}
