import { readFileSync } from 'node:fs';

/** Marks in the place of a text why there is none. */
export const notFetchedMark = '\u0000';

/** The text at an address; {@link notFetchedMark} and why where there is none. Waits 30 s at most. */
export async function fetchText(address: string): Promise<string> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(30_000) });
    return response.ok ? await response.text() : `${notFetchedMark}the host answers ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${notFetchedMark}${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

/** The text of a file, or why there is none. */
export function readText(path: string): string | { readonly why: string } {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { why: 'there is no such file' };
    return { why: code === 'EISDIR' ? 'it is a folder' : error instanceof Error ? error.message : String(error) };
  }
}

/** True for an address, false for a path. */
export function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(path);
}
