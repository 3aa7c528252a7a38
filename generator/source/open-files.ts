import { relative } from 'node:path';
import type { Cache } from '../support/cache.js';
import { GeneratorError } from '../support/errors.js';
import { resultOrNone } from '../support/problems.js';
import { fetchText, isAddress, notFetchedMark, readText } from './read-text.js';
import { SourceFile } from './source-file.js';

/** The step of the cache whose names are the paths of the files that were read. */
export const readFileStep = 'read-file';

/** A file, with the text that was read. */
export interface ReadFile {
  /** Absolute, or the URL of a remote file. */
  readonly path: string;
  readonly text: string;
  readonly source: SourceFile;
}

/** The result of a step, and the files that it opened, in order. */
export interface Tracked<T> {
  readonly result: T;
  /** Undefined if the result depends on more than these files. */
  readonly files: readonly ReadFile[] | undefined;
}

/** Creates the error for a file that cannot be read. @param file Its name for messages. */
export type Unreadable = (file: string, why: string) => GeneratorError;

/** The files of a run, each read once. Records which step opened which file. */
export class OpenFiles {
  readonly #cache: Cache;
  readonly #read = new Map<string, ReadFile>();
  readonly #remote = new Map<string, string>();
  /** URLs that were requested and not fetched yet. */
  readonly #wanted = new Set<string>();
  /** The files of each step that is being tracked, the innermost last. */
  readonly #tracks: { readonly files: Set<ReadFile>; isWhole: boolean }[] = [];

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Every file read so far. Files that are opened during the iteration are included. */
  all(): Iterable<ReadFile> {
    return this.#read.values();
  }

  has(path: string): boolean {
    return this.#read.has(path);
  }

  /**
   * Opens a file. @param path Absolute, or the URL of a remote file.
   * @throws GeneratorError `YAML_SYNTAX`; the error of `unreadable`, by default `FILE_UNREADABLE`
   */
  open(path: string, unreadable?: Unreadable): SourceFile {
    const file = this.#file(path, unreadable);
    this.#tracks.at(-1)?.files.add(file);
    return file.source;
  }

  /** Runs a step. Returns its result and the files that it opened, without those of tracked steps within it. */
  track<T>(step: () => T): Tracked<T> {
    const track = { files: new Set<ReadFile>(), isWhole: true };
    this.#tracks.push(track);
    try {
      const result = step();
      return { result, files: track.isWhole ? [...track.files] : undefined };
    } finally {
      this.#tracks.pop();
    }
  }

  /** Declares that the tracked step depends on more than the files that it opens. */
  untrack(): void {
    const track = this.#tracks.at(-1);
    if (track !== undefined) track.isWhole = false;
  }

  /** The current version of a file; undefined if it cannot be read. The object changes when the content changes. */
  current(path: string): ReadFile | undefined {
    return resultOrNone(() => this.#file(path));
  }

  /**
   * Fetches the remote files that were requested since the last call, so that the next try finds them.
   * @returns False if there was nothing to fetch.
   */
  async fetchMissing(): Promise<boolean> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    await Promise.all(wanted.map(async (address) => this.#remote.set(address, await fetchText(address))));
    return wanted.length > 0;
  }

  #file(path: string, unreadable: Unreadable = catalogUnreadable): ReadFile {
    const open = this.#read.get(path);
    if (open !== undefined) return open;
    const file = isAddress(path) ? path : relative(process.cwd(), path).replaceAll('\\', '/');
    const text = isAddress(path) ? this.#remoteText(path) : readText(path);
    if (typeof text !== 'string') throw unreadable(file, text.why);
    const make = (): ReadFile => ({ path, text, source: new SourceFile(file, text, this.#cache.memo) });
    const read = this.#cache.derive(readFileStep, path, [text], make);
    this.#read.set(path, read);
    return read;
  }

  #remoteText(address: string): string | { readonly why: string } {
    const text = this.#remote.get(address);
    if (text === undefined) this.#wanted.add(address);
    return text === undefined || text.startsWith(notFetchedMark)
      ? { why: text?.slice(notFetchedMark.length) ?? 'it has not been fetched yet' }
      : text;
  }
}

function catalogUnreadable(file: string, why: string): GeneratorError {
  const place = { code: 'FILE_UNREADABLE', severity: 'error', file, line: 1, column: 1 } as const;
  return new GeneratorError([
    { ...place, message: `cannot read the catalog: ${why}`, hint: 'set its path with --catalog' },
  ]);
}
