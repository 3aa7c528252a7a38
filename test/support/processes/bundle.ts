import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { build, defaultServerConditions } from 'vite';

const conditions = ['@hyvve-events/source', ...defaultServerConditions];

/**
 * Bundles a TypeScript file and its imported project sources into one file that plain Node starts quickly:
 * a process that compiles TypeScript itself needs two seconds on a busy machine.
 * @returns The bundle's path, unique for this process, so that test files can run in parallel.
 */
export async function bundle(entry: string): Promise<string> {
  // Below node_modules, so that imports that are not bundled are resolved.
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
