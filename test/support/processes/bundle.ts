import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build, defaultServerConditions } from 'vite';

const conditions = ['@hyvve-events/source', ...defaultServerConditions];

/**
 * Bundles a TypeScript file and the project's own sources that it imports into one file that plain Node starts at once:
 * a process that translates for itself needs two seconds of a busy machine.
 * @returns The bundle's path. It is this process's own, so that test files that run side by side do not meet.
 */
export async function bundle(entry: string): Promise<string> {
  // Below node_modules, so that what is not bundled is found.
  const outDir = resolve('node_modules/.cache/hyvve-tests', String(process.pid));
  await mkdir(outDir, { recursive: true });
  const name = `${basename(entry, '.ts')}.mjs`;
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions },
    ssr: { resolve: { conditions }, noExternal: [/^@hyvve-events\//] },
    build: { ssr: resolve(entry), outDir, emptyOutDir: false, rollupOptions: { output: { entryFileNames: name } } },
  });
  return join(outDir, name);
}
