import { readFile } from 'node:fs/promises';
import { AdminError } from '../errors.js';

/** A JSON file that `hyvve-events` writes, and the option that names it. */
export interface JsonFile {
  /** Path of the file. */
  readonly file: string;
  /** `catalogFile`. */
  readonly option: string;
  /** The command that writes it: `hyvve-events generate`. */
  readonly command: string;
  /** Its usual name: `catalog.json`. */
  readonly name: string;
}

/** Reads a file: its text and its value. @throws AdminError `CONFIG_INVALID` if it does not exist or is not JSON */
export async function readJsonFile(source: JsonFile): Promise<{ readonly json: string; readonly value: unknown }> {
  try {
    const json = await readFile(source.file, 'utf8');
    return { json, value: JSON.parse(json) };
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw unusableFile(source, isMissing ? 'the file does not exist' : reasonOf(cause), cause);
  }
}

/** The error of a file that cannot be used. */
export function unusableFile({ file, option, command, name }: JsonFile, why: string, cause?: unknown): AdminError {
  const message = `${option} ${JSON.stringify(file)} cannot be used: ${why}; \`${command}\` writes ${name}`;
  return new AdminError('CONFIG_INVALID', message, { field: option, cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
