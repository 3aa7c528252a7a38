import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';
import { hashOf } from '../support/memo.js';
import { ownVersion } from '../support/own-version.js';
import type { EmittedFile } from './emitted-file.js';
import { replaceFile } from './replace-file.js';

/** The record of a successful run. With the same input and output on disk there is nothing to do. */
export interface CachedRun {
  /** Hash of the options and of the generator's code. */
  readonly key: string;
  /** Hash of each file that was read, by its path from the working directory. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Hash of each file of the output, by its path within it. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
  readonly events: number;
  readonly domains: number;
}

/** The file of a cached run, and the key that it must have. */
export interface CachePlace {
  readonly file: string;
  readonly key: string;
}

/** The record of the last run with a catalog and an output folder. @param options Every option that influences the output. */
export function cachePlaceOf(catalog: string, out: string, options: object): CachePlace {
  return { file: fileFor(catalog, out, 'json'), key: keyOf(options) };
}

/** The results of steps of earlier runs with a catalog and an output folder; undefined if there is no folder that is safe for them. */
export function memoPlaceOf(catalog: string, out: string): CachePlace | undefined {
  // Other users can write to the system's temporary folder, and so decide what is generated.
  return modulesFolder() === undefined ? undefined : { file: fileFor(catalog, out, 'memo'), key: keyOf({}) };
}

function fileFor(catalog: string, out: string, extension: string): string {
  const name = hashOf(JSON.stringify([resolve(catalog), resolve(out)]));
  const modules = modulesFolder();
  return join(modules === undefined ? tmpdir() : join(modules, '.cache'), 'hyvve-events', `${name}.${extension}`);
}

/** The nearest `node_modules`: in a monorepo, that of a folder above. */
function modulesFolder(): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) return modules;
    if (folder === dirname(folder)) return undefined;
  }
}

function keyOf(options: object): string {
  return hashOf(JSON.stringify([ownFingerprint(), process.versions.node, options]));
}

/** The cached run if input, output and generator have not changed since; undefined otherwise. */
export function findCachedRun({ file, key }: CachePlace, out: string): CachedRun | undefined {
  const run = readRun(file);
  if (run === undefined || run.key !== key) return undefined;
  const isSame = (path: string, hash: string) => hashOfFile(path) === hash;
  const inputs = Object.entries(run.inputs).every(([path, hash]) => isSame(path, hash));
  return inputs && Object.entries(run.outputs).every(([path, hash]) => isSame(join(out, path), hash)) ? run : undefined;
}

/** A file as the run read it. It may have changed on disk since then. */
export interface InputFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Stores a run in the cache. If the cache cannot be written, the run is not cached, and no error is reported. */
export function rememberRun(
  { file, key }: CachePlace,
  {
    files,
    outputs: emitted,
    ...rest
  }: Omit<CachedRun, 'key' | 'inputs' | 'outputs'> & {
    readonly files: readonly InputFile[];
    readonly outputs: readonly EmittedFile[];
  },
  cache: Cache,
): void {
  // A change of a remote file cannot be detected without fetching it.
  if (files.some(({ path }) => /^https?:/.test(path))) return;
  const inputs = Object.fromEntries(files.map((file) => [relative(process.cwd(), file.path), hashOfText(file, cache)]));
  const outputs = Object.fromEntries(emitted.map((file) => [file.path, hashOfText(file, cache)]));
  const run: CachedRun = { key, inputs, outputs, ...rest };
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, JSON.stringify(run));
  } catch {
    return;
  }
}

function readRun(file: string): CachedRun | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CachedRun;
  } catch {
    return undefined;
  }
}

function hashOfFile(path: string): string | undefined {
  try {
    return hashOf(readFileSync(path));
  } catch {
    return undefined;
  }
}

function hashOfText(file: { readonly text: string }, cache: Cache): string {
  return cache.derive('hash-file', file, [], () => hashOf(file.text));
}

let fingerprint: string | undefined;

/** Changes with the code of the generator and the runtime: with its version alone, the output of older code would count as up to date. */
function ownFingerprint(): string {
  const own = join(dirname(fileURLToPath(import.meta.url)), '..');
  const runtime = dirname(createRequire(import.meta.url).resolve('@hyvve-events/runtime/codegen'));
  // The version is part of the output: the range of the runtime in a package.
  fingerprint ??= hashOf([ownVersion(), own, fingerprintOf(own), fingerprintOf(runtime)].join('\n'));
  return fingerprint;
}

/** Files that change with every build that changes something: the entry of a bundle, and what the compiler knows of its last run. */
const builds = ['cli.js', 'tsconfig.tsbuildinfo'];

function fingerprintOf(folder: string): string {
  const built = builds.filter((name) => existsSync(join(folder, name)));
  const files = built.length > 0 ? built : readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isCode);
  const stats = files.sort().map((name) => {
    const { size, mtimeMs } = statSync(join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return stats.join('\n');
}

function isCode(name: string): boolean {
  return /\.[jt]s$/.test(name) && !name.includes('node_modules');
}
