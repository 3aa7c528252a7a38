import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Release, retentionDays } from './history.js';
import { parseModel } from './model-file.js';

const mostVersions = 100;

/** Whether a text names a commit of the repository of the working directory. */
export function isCommit(ref: string): boolean {
  return (
    !ref.startsWith('-') && git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`) !== undefined
  );
}

/** The content of a file at a commit; undefined if it did not exist. @param path Relative to the working directory. */
export function fileAt(ref: string, path: string): string | undefined {
  return git('show', '--end-of-options', `${ref}:${fromHere(path)}`);
}

/**
 * Extracts a folder of a commit into a temporary folder, calls `use`, and deletes the temporary folder.
 * @returns The result of `use`; undefined if the folder did not exist at the commit.
 */
export function withFolderAt<T>(ref: string, folder: string, use: (root: string) => T): T | undefined {
  const temporary = mkdtempSync(join(tmpdir(), 'hyvve-events-'));
  try {
    const archive = join(temporary, 'catalog.tar');
    if (git('archive', '--format=tar', '-o', archive, ref, '--', folder === '' ? '.' : folder) === undefined)
      return undefined;
    execFileSync('tar', ['-xf', archive, '-C', temporary]);
    return use(temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The versions of a committed `catalog.json` up to a commit whose entries may still be stored, oldest first. */
export function modelsUpTo(ref: string, path: string): Release[] {
  const log = (...more: string[]) => git('log', '--format=%H %cs', ...more, '--end-of-options', ref, '--', path) ?? '';
  const commits = log(`--since=${retentionDays}.days`, `-n${mostVersions}`).trim().split('\n').filter(Boolean);
  // The version before the oldest commit was replaced within the retention, so its entries may still be stored.
  const oldest = commits.at(-1)?.split(' ')[0];
  const before =
    oldest === undefined ? '' : (git('log', '-n1', '--format=%H %cs', `${oldest}~1`, '--', path) ?? '').trim();
  return [...commits, ...(before === '' ? [] : [before])].reverse().flatMap((line) => {
    const [commit = '', recordedAt = ''] = line.split(' ');
    const model = parseModel(fileAt(commit, path) ?? '');
    return model === undefined ? [] : [{ label: `${commit.slice(0, 8)} of ${recordedAt}`, recordedAt, model }];
  });
}

function fromHere(path: string): string {
  return path.startsWith('./') || path.startsWith('../') ? path : `./${path}`;
}

/** The output of git; undefined if it fails or is not installed. */
function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
  } catch {
    return undefined;
  }
}
