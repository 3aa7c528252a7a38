import type { Stats } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { generatedMark } from '../print/header.js';
import { upcastersFolder } from '../print/modules.js';
import type { Cache } from '../support/cache.js';
import { GeneratorError } from '../support/errors.js';
import { temporaryFor } from '../support/temporary-file.js';
import type { EmittedFile } from './emitted-file.js';

export interface WriteOptions {
  /** Write nothing, only report the necessary changes. Default: false. */
  readonly check?: boolean;
  /** Results of earlier runs: an output file is read again only if it was modified. */
  readonly cache: Cache;
}

/** The changes that were made, or in check mode the differences. All paths are relative to the output folder, sorted. */
export interface WriteReport {
  /** Files that did not exist. */
  readonly created: readonly string[];
  /** Files whose content differed. */
  readonly changed: readonly string[];
  /** Files of an earlier run that are no longer generated. */
  readonly removed: readonly string[];
  /** The number of files that were up to date. */
  readonly unchanged: number;
}

/** Folders that contain no generated files: the output of a build, and the packages that npm installs. */
const skippedFolders = new Set(['node_modules', 'dist']);

/**
 * Updates the output folder to `files`: writes the files that differ, each atomically (a temporary file in the same folder,
 * then a rename), and removes stale files, but only those with the generator's mark in their first lines. Subfolders with
 * output of their own are not changed.
 * @throws GeneratorError `FILE_UNWRITABLE` if a file would be overwritten that was not generated, or the folder has other output.
 */
export async function writeFiles(
  outDir: string,
  files: readonly EmittedFile[],
  options: WriteOptions,
): Promise<WriteReport> {
  const created: string[] = [];
  const changed: string[] = [];
  const present = await Promise.all(files.map(({ path }) => textOnDisk(join(outDir, path), options.cache)));
  for (const [index, { path, text }] of files.entries()) {
    if (present[index] !== text) (present[index] === undefined ? created : changed).push(path);
  }
  await refuseOtherOutput(outDir, files);
  const removed = await staleFiles(outDir, new Set(files.map((file) => file.path)));
  if (options.check !== true) {
    const own = await namesOfLastRun(outDir);
    const foreign = files.filter(({ path }, index) => isForeign(path, present[index] ?? '', own));
    refuseForeign(
      outDir,
      foreign.map(({ path }) => path),
    );
    const wanted = new Set([...created, ...changed]);
    const outdated = files.filter((file) => wanted.has(file.path));
    await Promise.all(outdated.map((file) => writeAtomically(outDir, file, options.cache)));
    for (const path of removed) await removeFile(outDir, path);
  }
  return {
    created: created.sort(),
    changed: changed.sort(),
    removed: removed.sort(),
    unchanged: files.length - created.length - changed.length,
  };
}

/** Whether an existing file was not generated: every generated file has the mark, or is a model. */
function isForeign(path: string, text: string, own: ReadonlySet<string>): boolean {
  // A file with conversions may be a person's work in the wrong folder.
  const isCopy = posix.dirname(path) === upcastersFolder;
  if (!isCopy && own.has(posix.basename(path).split('.', 1)[0] ?? '')) return false;
  if (text.trim() === '' || text.slice(0, markedLength).includes(generatedMark)) return false;
  return !(path.endsWith('.json') && /"(modelVersion|changesVersion|modelsVersion)"/.test(text.slice(0, markedLength)));
}

/** Names, without extensions, of the files of an earlier run. They may be overwritten even if they were edited. */
async function namesOfLastRun(outDir: string): Promise<ReadonlySet<string>> {
  const text = await readIfExists(join(outDir, 'catalog.json'));
  try {
    const { modelVersion, domains } = JSON.parse(text ?? '{}') as { modelVersion?: unknown; domains?: unknown };
    if (modelVersion === undefined || !Array.isArray(domains)) return new Set();
    const names = domains.map(({ fileName }: { fileName?: unknown }) => String(fileName));
    return new Set(['catalog', 'changes', 'index', 'shared', ...names]);
  } catch {
    return new Set();
  }
}

function refuseForeign(outDir: string, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const hint = 'choose another folder with --out, or remove the file';
  throw new GeneratorError(
    paths.map((path) => ({
      code: 'FILE_UNWRITABLE',
      severity: 'error',
      file: posix.join(outDir, path),
      line: 1,
      column: 1,
      hint,
      message: 'this file was not generated, and it would be overwritten',
    })),
  );
}

/** True if no file differed. */
export function isUpToDate(report: WriteReport): boolean {
  return report.created.length + report.changed.length + report.removed.length === 0;
}

/** The text of a file; undefined if it does not exist. A file is read again only if it was modified. */
export async function textOnDisk(path: string, cache: Cache): Promise<string | undefined> {
  const stats = await statOf(path);
  return stats && cache.derive('read-output', path, [stampOf(stats)], () => readIfExists(path));
}

/** Changes with every write of the file. */
function stampOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [ino, size, mtimeMs, ctimeMs].join(' ');
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function writeAtomically(outDir: string, file: EmittedFile, cache: Cache): Promise<void> {
  const target = join(outDir, file.path);
  await mkdir(dirname(target), { recursive: true });
  const temporary = temporaryFor(target);
  try {
    await writeFile(temporary, file.text);
    const written = await stat(temporary);
    await rename(temporary, target);
    const now = await statOf(target);
    // If another process has written the file in the meantime, its inode or its time differs.
    if (now?.ino === written.ino && now.mtimeMs === written.mtimeMs) {
      cache.derive('read-output', target, [stampOf(now)], () => Promise.resolve(file.text));
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Files of earlier runs, with the generator's mark, that are no longer generated. Paths are relative to the output folder. */
export async function staleFiles(outDir: string, wanted: ReadonlySet<string>, folder = ''): Promise<string[]> {
  const stale: string[] = [];
  for (const entry of await entriesOf(join(outDir, folder))) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) {
      const isOurs = !skippedFolders.has(entry.name) && !(await isOutputOfOther(join(outDir, path)));
      if (isOurs) stale.push(...(await staleFiles(outDir, wanted, path)));
    } else if (entry.isFile() && !wanted.has(path)) {
      const text = await readIfExists(join(outDir, path));
      if (text?.slice(0, markedLength).includes(generatedMark)) stale.push(path);
    }
  }
  return stale;
}

/** The files that describe an output, and what each contains: of an SDK, and of the models of a language. */
const descriptions = { 'catalog.json': /"modelVersion"/, 'models.json': /"modelsVersion"[^}]*?"language":\s*"(\w+)"/ };

/** Whether a subfolder of the output folder is the output of another catalog or command. */
async function isOutputOfOther(folder: string): Promise<boolean> {
  for (const [name, content] of Object.entries(descriptions)) {
    if (content.test((await readIfExists(join(folder, name)))?.slice(0, markedLength) ?? '')) return true;
  }
  return false;
}

/** An SDK and the models of each language have their own folder: the files of the others would be removed as stale. */
async function refuseOtherOutput(outDir: string, files: readonly EmittedFile[]): Promise<void> {
  for (const [name, content] of Object.entries(descriptions)) {
    const present = content.exec((await readIfExists(join(outDir, name)))?.slice(0, markedLength) ?? '');
    const now = content.exec(files.find(({ path }) => path === name)?.text.slice(0, markedLength) ?? '');
    if (present === null || (now !== null && present[1] === now[1])) continue;
    const place = { file: posix.join(outDir, name), line: 1, column: 1 };
    const message = 'the folder has the output of another command, which would be removed';
    const hint = 'choose another folder with --out, or remove the folder';
    throw new GeneratorError([{ code: 'FILE_UNWRITABLE', severity: 'error', ...place, message, hint }]);
  }
}

/** The mark is within this number of characters from the start of a file. */
const markedLength = 400;

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Removes the file, and its folder if it is empty afterwards. */
async function removeFile(outDir: string, path: string): Promise<void> {
  await rm(join(outDir, path), { force: true });
  const folder = posix.dirname(path);
  if (folder === '.') return;
  const left = await entriesOf(join(outDir, folder));
  if (left.length === 0) await rmdir(join(outDir, folder));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
