import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Runs a TypeScript or JavaScript file. @returns Its exports. @throws what the file throws */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  // Node 20 cannot import TypeScript, and a cached module would hide edits while watching.
  const { createJiti } = await import('jiti');
  const jiti = createJiti(pathToFileURL(resolve(file)).href, { moduleCache: false, fsCache: false });
  return jiti.import<Readonly<Record<string, unknown>>>(resolve(file));
}
