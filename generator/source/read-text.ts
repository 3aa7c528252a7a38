import { readFileSync } from 'node:fs';

/** The prefix of the reason that replaces the text of a URL that could not be fetched. */
export const notFetchedMark = '\u0000';

/** The text at a URL; if it cannot be fetched, {@link notFetchedMark} and the reason. Timeout: 30 s. */
export async function fetchText(address: string): Promise<string> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(30_000) });
    return response.ok ? await response.text() : `${notFetchedMark}the host responded with ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${notFetchedMark}${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

/** The text of a file, or the reason why it cannot be read. */
export function readText(path: string): string | { readonly why: string } {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { why: 'the file does not exist' };
    return { why: code === 'EISDIR' ? 'it is a folder' : error instanceof Error ? error.message : String(error) };
  }
}

/** True for a URL, false for a path. */
export function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(path);
}
