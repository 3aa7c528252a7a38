import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GeneratorError } from '../support/errors.js';
import { temporaryFor } from '../support/temporary-file.js';
import type { ComparableModel } from './compare-models.js';
import { filePattern, historyFiles } from './history-files.js';
import { parseModel, releaseOf } from './model-file.js';

/** A version of the catalog that was released. */
export interface Release {
  /** Label for messages: `1.2.0 of 2026-11-24`. */
  readonly label: string;
  /** ISO date. */
  readonly recordedAt: string;
  readonly model: ComparableModel;
  /** Version of the SDK's package. Undefined if the SDK was not a package, or an earlier generator recorded the release. */
  readonly packageVersion?: string | undefined;
  /** Hash of the written conversions in the SDK. Undefined if it had none, or another command recorded the release. */
  readonly conversions?: string | undefined;
}

/** What a release says about the SDK. */
export type ReleasedSdk = Pick<Release, 'packageVersion' | 'conversions'>;

/** Whether nothing of the catalog or of the SDK's conversions has changed since a release. The hash does not cover `info.version`. */
export function isReleased({ model, conversions }: Release, now: ComparableModel, sdk: ReleasedSdk): boolean {
  const isKnown = conversions !== undefined && sdk.conversions !== undefined;
  return model.catalog.hash === now.catalog.hash && (!isKnown || conversions === sdk.conversions);
}

/** How long events of a replaced version are stored, in days: the retention of dead letters. */
export const retentionDays = 90;

/** The releases in a folder, oldest first. Empty if the folder does not exist. @throws GeneratorError `FILE_UNREADABLE` */
export function readHistory(folder: string): Release[] {
  return historyFiles(folder).map((name) => {
    const file = join(folder, name).replaceAll('\\', '/');
    const text = readFileSync(file, 'utf8');
    const model = parseModel(text);
    if (model === undefined) {
      const message = 'this file is not a recorded catalog version';
      const hint = 'restore the file, or remove it: only `hyvve-events release` and `diff --record` write here';
      const at = { severity: 'error', file, line: 1, column: 1 } as const;
      throw new GeneratorError([{ ...at, code: 'FILE_UNREADABLE', message, hint }]);
    }
    const stored = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const recordedAt = String(stored.recordedAt ?? '');
    const [packageVersion, conversions] = [stored.packageVersion, stored.conversions].map((value) =>
      typeof value === 'string' ? value : undefined,
    );
    return { label: labelOf(model, recordedAt), recordedAt, model, packageVersion, conversions };
  });
}

/**
 * Adds a version to the history, unless it equals the last recorded version.
 * @param sdk Default: not known.
 * @returns The path of the new file; undefined if nothing was added.
 */
export function recordRelease(
  folder: string,
  model: ComparableModel,
  now: Date,
  sdk: ReleasedSdk = {},
): string | undefined {
  const last = readHistory(folder).at(-1);
  if (last !== undefined && isReleased(last, model, sdk)) return undefined;
  const number = Number(filePattern.exec(historyFiles(folder).at(-1) ?? '')?.[1] ?? 0) + 1;
  const version = model.catalog.version.replaceAll(/[^\w.-]/g, '_') || '0';
  const file = join(folder, `${String(number).padStart(4, '0')}-${version}.json`).replaceAll('\\', '/');
  mkdirSync(folder, { recursive: true });
  const recordedAt = now.toISOString().slice(0, 10);
  const text = `${JSON.stringify({ recordedAt, ...sdk, ...releaseOf(model) })}\n`;
  const temporary = temporaryFor(file);
  try {
    writeFileSync(temporary, text);
    // A link appears atomically and never replaces a file that another process wrote.
    linkSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  return file;
}

/** The releases whose events may still be in a stream or among the dead letters: replaced less than 90 days ago. */
export function releasesInRetention(history: readonly Release[], now: Date): Release[] {
  const oldest = new Date(now.getTime() - retentionDays * 86_400_000).toISOString().slice(0, 10);
  return history.filter((_, index) => {
    const successor = history[index + 1];
    return successor === undefined || successor.recordedAt >= oldest;
  });
}

function labelOf({ catalog }: ComparableModel, recordedAt: string): string {
  return recordedAt === '' ? catalog.version : `${catalog.version} of ${recordedAt}`;
}
