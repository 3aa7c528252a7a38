import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Release, retentionDays } from './history.js';
import { parseModel } from './model-file.js';

const mostVersions = 100;

/** Whether something is a commit of the repository that the working directory is in. */
export function isCommit(ref: string): boolean {
  return (
    !ref.startsWith('-') && git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`) !== undefined
  );
}

/** A file as it was at a commit; undefined when it was not there. @param path Relative to the working directory. */
export function fileAt(ref: string, path: string): string | undefined {
  return git('show', '--end-of-options', `${ref}:${fromHere(path)}`);
}

/**
 * Lays a folder of a commit out in a temporary one, which is gone afterwards.
 * @returns What `use` gives; undefined when the folder was not there.
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

/** The versions of a committed `catalog.json` up to a commit of which entries may still be alive, oldest first. */
export function modelsUpTo(ref: string, path: string): Release[] {
  const log = (...more: string[]) => git('log', '--format=%H %cs', ...more, '--end-of-options', ref, '--', path) ?? '';
  const commits = log(`--since=${retentionDays}.days`, `-n${mostVersions}`).trim().split('\n').filter(Boolean);
  // What was there when the time began is alive too: it was replaced within it.
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

/** What git prints; undefined when it fails, or is not there. */
function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
  } catch {
    return undefined;
  }
}
