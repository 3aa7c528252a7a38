import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The files that the exports of a package name, under all conditions. Relative to its folder. */
export function exportedFiles({ exports }: Manifest): string[] {
  return Object.values(exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((path) => path.replace('./', ''));
}

/** Whether a file is one that an export names; `*` of the export is any text. */
export function isExported(file: string, exported: string): boolean {
  const [start = '', end] = exported.split('*');
  return end === undefined ? file === exported : file.startsWith(start) && file.endsWith(end);
}

/** The sources that the maps of an installed package refer to, and that are not part of the package. */
export async function missingSources(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const maps = names.filter((name) => name.endsWith('.map') && !name.includes('node_modules'));
  const missing = await Promise.all(
    maps.map(async (name) => {
      const map = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
        readonly sources: readonly string[];
        readonly sourcesContent?: readonly string[];
      };
      if (map.sourcesContent !== undefined) return [];
      const paths = map.sources.map((source) => resolve(folder, dirname(name), source));
      return paths.filter((path) => !existsSync(path)).map((path) => `${name}: ${relative(folder, path)}`);
    }),
  );
  return missing.flat();
}

/** What publint and attw report about a tarball; `''` if they find nothing. */
export async function lintTarball(tarball: string): Promise<string> {
  const results = await Promise.all([
    tool('publint', ['run', tarball, '--strict']),
    tool('attw', [tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii']),
  ]);
  return results.join('');
}

async function tool(name: string, args: readonly string[]): Promise<string> {
  return run(resolve('node_modules/.bin', name), args).then(
    () => '',
    (error: { readonly stdout?: string; readonly message: string }) => error.stdout || error.message,
  );
}

/** The TypeScript code blocks of a Markdown text. */
export function typescriptBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
}
