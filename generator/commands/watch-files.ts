import type { Stats } from 'node:fs';
import { dirname, extname, relative, resolve } from 'node:path';

/** The files and folders that are watched for the next change. Absolute paths. */
export interface WatchTargets {
  /** Files that were read, including the config. */
  readonly files: readonly string[];
  /** Folders in which a missing file may appear. */
  readonly folders: readonly string[];
  /** Folders whose TypeScript files are read too. */
  readonly codeFolders: readonly string[];
  /** The output folder. Changes in it are ignored. */
  readonly out: string;
}

export interface WatchOptions {
  /** Targets until the first run ends. */
  readonly start: WatchTargets;
  /** One run. Returns the new targets. Must not reject: it reports its problems itself. */
  readonly run: () => Promise<WatchTargets>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Pause without changes before a run, in milliseconds, because editors save several files together. Default: 60. */
  readonly quietMs?: number;
}

/** Extensions of files that a catalog may refer to. */
const documents = new Set(['.yaml', '.yml', '.json', '.avsc']);

/** Runs once, and again after every change, one run at a time, until the signal is aborted. */
export async function watch({ start, run, signal, quietMs = 60 }: WatchOptions): Promise<void> {
  // Loaded only in watch mode. Node's `fs.watch` misses files that editors replace, and subfolders on Linux.
  const { watch: follow } = await import('chokidar');
  let targets = start;
  const ignored = (path: string, stats?: Stats) => isIgnored(resolve(path), stats, targets);
  const watcher = follow(pathsOf(start), { ignoreInitial: true, ignored, atomic: true });
  await new Promise<void>((ready) => watcher.once('ready', ready));
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};
  watcher.on('all', (_event, path) => {
    // The modification time of a folder changes with every file in it.
    if (!isRead(resolve(path), targets)) return;
    clearTimeout(timer);
    timer = setTimeout(() => wake(), quietMs);
  });
  // Watching continues when a watched folder was removed.
  watcher.on('error', () => undefined);
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    const changed = new Promise<void>((resolveChange) => {
      wake = resolveChange;
    });
    targets = await run();
    watcher.add(pathsOf(targets));
    if (!signal.aborted) await changed;
  }
  clearTimeout(timer);
  await watcher.close();
}

function pathsOf({ files, folders }: WatchTargets): string[] {
  return [...folders, ...files.filter((file) => !/^https?:/.test(file))];
}

function isIgnored(path: string, stats: Stats | undefined, targets: WatchTargets): boolean {
  const { files, out } = targets;
  if (files.includes(path)) return false;
  const name = path.split(/[\\/]/).at(-1) ?? '';
  if (name === 'node_modules' || name === '.git') return true;
  const below = relative(out, path);
  const isOutput = below === '' || !(below.startsWith('..') || resolve(below) === below);
  // The catalog may be inside the output folder; then only the generated files at the top level are ignored.
  if (isOutput && !files.some((file) => !relative(out, file).startsWith('..'))) return true;
  if (isOutput && ['catalog.json', 'changes.json', 'package.json', 'tsconfig.json'].includes(below)) return true;
  return stats?.isFile() === true && !isRead(path, targets);
}

/** Whether a file may be one that a run reads. */
function isRead(path: string, { files, codeFolders }: WatchTargets): boolean {
  if (documents.has(extname(path)) || files.includes(path)) return true;
  return extname(path) === '.ts' && codeFolders.includes(dirname(path));
}
