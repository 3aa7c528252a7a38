import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Memo, type MemoEntry } from '../support/memo.js';
import { replaceFile } from './replace-file.js';
import type { CachePlace } from './run-cache.js';

/**
 * Reads the results of earlier processes. A file that is missing, damaged, or of another version of the generator or of Node counts as
 * empty.
 */
export function readMemo(place: CachePlace | undefined): Memo {
  if (place === undefined) return new Memo();
  const { file, key } = place;
  try {
    const content = readFileSync(file);
    const end = content.indexOf('\n');
    const lines = content.subarray(end + 1);
    const isSound = content.toString('latin1', 0, end) === headOf(key, lines);
    return new Memo(isSound ? lines.toString().split('\n').map(entryOf) : []);
  } catch {
    return new Memo([]);
  }
}

/**
 * Stores the results of a run that has ended. If the file cannot be written, they are not stored, and no error is reported.
 * @param isWhole As in {@link Memo.endRun}.
 */
export function writeMemo(place: CachePlace | undefined, memo: Memo, isWhole: boolean): void {
  const entries = memo.endRun(isWhole);
  if (place === undefined || entries === undefined) return;
  const { file, key } = place;
  const lines = Buffer.from(entries.map(({ id, age, json }) => `${id} ${age} ${json}`).join('\n'));
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, Buffer.concat([Buffer.from(`${headOf(key, lines)}\n`), lines]));
    removeOldest(dirname(file));
  } catch {
    return;
  }
}

/** The maximum number of files: one for each catalog and output folder. */
const mostFiles = 8;

/** Milliseconds after which no process still writes a temporary file. */
const longestWrite = 3_600_000;

/** Removes the files of catalogs that were not generated for the longest time, and what a process left that was killed while it wrote. */
function removeOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => ({
    path: join(folder, name),
    time: statSync(join(folder, name)).mtimeMs,
  }));
  const memos = files.filter(({ path }) => path.endsWith('.memo')).sort((a, b) => b.time - a.time);
  const left = files.filter(({ path, time }) => path.endsWith('.tmp') && Date.now() - time > longestWrite);
  for (const { path } of [...memos.slice(mostFiles), ...left]) rmSync(path, { force: true });
}

/** The first line. A file that was changed, or not written to its end, has another one. */
function headOf(key: string, lines: Uint8Array): string {
  return `hyvve-events memo ${key} ${createHash('sha256').update(key).update(lines).digest('base64url')}`;
}

function entryOf(line: string): MemoEntry {
  const [step = '', hash = '', age = ''] = line.split(' ', 3);
  return { id: `${step} ${hash}`, age: Number(age), json: line.slice(step.length + hash.length + age.length + 3) };
}
