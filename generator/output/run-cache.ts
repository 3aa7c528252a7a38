import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';
import type { EmittedFile } from './emitted-file.js';

/** What is remembered of a run that went well: with the same input and output on disk there is nothing to do. */
export interface CachedRun {
  /** Of the options and of the generator itself. */
  readonly key: string;
  /** Hash of each file that was read, by its path from the working directory. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Hash of each file of the output, by its path within it. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
  readonly events: number;
  readonly domains: number;
}

/** Where the runs of a working directory are remembered, and what tells one from another. */
export interface CachePlace {
  readonly file: string;
  readonly key: string;
}

/** @param options All that decides what comes of the same files. */
export function cachePlaceOf(catalog: string, out: string, options: object, cache: Cache): CachePlace {
  const name = hashOf(JSON.stringify([resolve(catalog), resolve(out)]));
  const modules = resolve('node_modules');
  const folder = existsSync(modules) ? join(modules, '.cache') : tmpdir();
  return {
    file: join(folder, 'hyvve-events', `${name}.json`),
    key: hashOf(JSON.stringify([ownFingerprint(cache), process.versions.node, options])),
  };
}

/** The run that is remembered, if input, output and generator are what they were then; undefined else. */
export function findCachedRun({ file, key }: CachePlace, out: string): CachedRun | undefined {
  const run = readRun(file);
  if (run === undefined || run.key !== key) return undefined;
  const isSame = (path: string, hash: string) => hashOfFile(path) === hash;
  const inputs = Object.entries(run.inputs).every(([path, hash]) => isSame(path, hash));
  return inputs && Object.entries(run.outputs).every(([path, hash]) => isSame(join(out, path), hash)) ? run : undefined;
}

/** A file as the run read it: what it says by now is another run's. */
export interface InputFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Remembers a run. A cache that cannot be written is none, and no fault. */
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
  // What another host says today, nobody can compare without asking it.
  if (files.some(({ path }) => /^https?:/.test(path))) return;
  const inputs = Object.fromEntries(files.map((file) => [relative(process.cwd(), file.path), hashOfText(file, cache)]));
  const outputs = Object.fromEntries(emitted.map((file) => [file.path, hashOfText(file, cache)]));
  const run: CachedRun = { key, inputs, outputs, ...rest };
  try {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(run));
    renameSync(temporary, file);
  } catch {
    return;
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
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
    return hashOf(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function hashOfText(file: { readonly text: string }, cache: Cache): string {
  return cache.derive('hash-file', file, [], () => hashOf(file.text));
}

/** Changes with the generator's own code: with its version alone, the output of older code would count as up to date. */
function ownFingerprint(cache: Cache): string {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
  return cache.derive('fingerprint', folder, [], () => fingerprintOf(folder));
}

function fingerprintOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[jt]s$/.test(name));
  const stats = files
    .filter((name) => !name.includes('node_modules'))
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    });
  return hashOf(stats.join('\n'));
}
