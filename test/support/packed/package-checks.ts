import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

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

/** Kinds of module resolution that cannot load an ES module, as in the profile `esm-only` of attw. */
const withoutModules = ['node10', 'node16-cjs'];

/** What publint and attw (Are The Types Wrong) find in a tarball. */
export async function lintTarball(tarball: string): Promise<readonly string[]> {
  const data = new Uint8Array(await readFile(tarball));
  const { messages, pkg } = await publint({ pack: { tarball: data.buffer }, strict: true });
  const analysis = await checkPackage(createPackageFromTarballData(data));
  if (analysis.types === false) return [`${analysis.packageName} has no types`];
  const wrong = analysis.problems.filter(
    (problem) => !('resolutionKind' in problem && withoutModules.includes(problem.resolutionKind)),
  );
  return [
    ...messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code),
    ...wrong.map((problem) => JSON.stringify(problem)),
  ];
}

/** The TypeScript code blocks of a Markdown text. */
export function typescriptBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
}
