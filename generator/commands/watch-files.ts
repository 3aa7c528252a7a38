import type { Stats } from 'node:fs';
import { extname, relative, resolve } from 'node:path';

/** What a run read and wrote: what the next change may concern. Absolute paths. */
export interface Followed {
  /** Files that were read, of the config too. */
  readonly files: readonly string[];
  /** Below these, a file that appears may be one that was missing. */
  readonly folders: readonly string[];
  /** The folder that was written to: what happens there is never a change. */
  readonly out: string;
}

export interface WatchOptions {
  /** What is known before the first run. */
  readonly start: Followed;
  /** One run. Must not reject: what goes wrong is told by the run itself. */
  readonly run: () => Promise<Followed>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Milliseconds of quiet before a run, since editors save several files at once. Default 60. */
  readonly quietMs?: number;
}

/** Documents that a catalog may refer to; and configs, which are followed by name. */
const documents = new Set(['.yaml', '.yml', '.json', '.avsc']);

/** Runs once, and again after every change, one run at a time, until the signal is aborted. */
export async function watch({ start, run, signal, quietMs = 60 }: WatchOptions): Promise<void> {
  // Loaded only to watch. Node's own `fs.watch` misses files that editors replace and folders below on Linux.
  const { watch: follow } = await import('chokidar');
  let followed = start;
  const ignored = (path: string, stats?: Stats) => isIgnored(resolve(path), stats, followed);
  const watcher = follow(targetsOf(start), { ignoreInitial: true, ignored, atomic: true });
  await new Promise<void>((ready) => watcher.once('ready', ready));
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};
  watcher.on('all', (_event, path) => {
    // A folder's own time changes with every file that is written in it.
    if (!documents.has(extname(path)) && !followed.files.includes(resolve(path))) return;
    clearTimeout(timer);
    timer = setTimeout(() => wake(), quietMs);
  });
  // A folder that cannot be watched any more, since it was removed, is no reason to end.
  watcher.on('error', () => undefined);
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    const changed = new Promise<void>((resolveChange) => {
      wake = resolveChange;
    });
    followed = await run();
    watcher.add(targetsOf(followed));
    if (!signal.aborted) await changed;
  }
  clearTimeout(timer);
  await watcher.close();
}

function targetsOf({ files, folders }: Followed): string[] {
  return [...folders, ...files.filter((file) => !/^https?:/.test(file))];
}

function isIgnored(path: string, stats: Stats | undefined, { files, out }: Followed): boolean {
  if (files.includes(path)) return false;
  const name = path.split(/[\\/]/).at(-1) ?? '';
  if (name === 'node_modules' || name === '.git') return true;
  const below = relative(out, path);
  const isOutput = below === '' || !(below.startsWith('..') || resolve(below) === below);
  // A catalog may lie below the output folder; then only what is written at its top is ours.
  if (isOutput && !files.some((file) => !relative(out, file).startsWith('..'))) return true;
  if (isOutput && ['catalog.json', 'changes.json', 'package.json'].includes(below)) return true;
  return stats?.isFile() === true && !documents.has(extname(path));
}
