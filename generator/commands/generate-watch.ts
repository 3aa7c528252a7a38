import { dirname, resolve } from 'node:path';
import { type Config, configDefaults } from '../config/config.js';
import { findConfigFile } from '../config/config-file.js';
import { historyFolder } from '../diff/history-files.js';
import { readMemo, writeMemo } from '../output/memo-file.js';
import { memoPlaceOf } from '../output/run-cache.js';
import { countChanges, eventLine } from '../report/changes.js';
import { problemsOf } from '../report/problems-of-error.js';
import { readFileStep } from '../source/open-files.js';
import { Cache } from '../support/cache.js';
import { Memo } from '../support/memo.js';
import { mergeProblems } from '../support/problems.js';
import { upcastersFolder } from '../versions/upcaster-files.js';
import type { CommandIo, Outcome } from './command.js';
import { commandResult, type Run, runFull, secondsSince } from './generate-once.js';
import { readSettings, type SettingFlags } from './settings.js';
import { type WatchTargets, watch } from './watch-files.js';

interface WatchFlags extends SettingFlags {
  /** Whether results of earlier processes are used and stored. Default: true. */
  readonly cache?: boolean;
}

/** Generates after every change, until the signal is aborted. Problems are printed in full, a run without errors in one line. */
export async function watchAndGenerate(flags: WatchFlags, io: CommandIo): Promise<Outcome> {
  const first = await readSettings(flags).catch(() => configDefaults);
  const place = memoPlaceOf(first.catalog, first.out);
  const cache = new Cache(flags.cache === false ? new Memo() : readMemo(place));
  const stored = storedWhenIdle((isWhole) => {
    if (flags.cache !== false) writeMemo(place, cache.memo, isWhole);
  });
  const lastGood: { settings: Config } = { settings: first };
  const watchTargets = (): WatchTargets => {
    const { settings } = lastGood;
    const config = flags.config ?? findConfigFile();
    const files = [...cache.namesOf(readFileStep), ...(config === undefined ? [] : [config]), settings.catalog];
    const folders = [dirname(settings.catalog), historyFolder(settings)].map((path) => resolve(path));
    const codeFolders = [resolve(upcastersFolder(settings.catalog))];
    return { files: files.map((path) => resolve(path)), folders, codeFolders, out: resolve(settings.out) };
  };
  const run = async (): Promise<WatchTargets> => {
    const started = performance.now();
    let isWhole = false;
    stored.cancel();
    try {
      lastGood.settings = await readSettings(flags);
      const done = await runFull(lastGood.settings, { cache });
      isWhole = true;
      io.onOutcome(watchOutcome(done, lastGood.settings, started));
    } catch (error) {
      const problems = mergeProblems(problemsOf(error));
      const errors = problems.filter(({ severity }) => severity === 'error');
      const count = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`;
      const lines = [`${clock()} ${count}, nothing written; waiting for a change`];
      io.onOutcome({ exitCode: 1, problems: errors, lines, data: {} });
    }
    stored.later(isWhole);
    return watchTargets();
  };
  await watch({ start: watchTargets(), run, signal: io.signal });
  stored.now();
  return { exitCode: 0, problems: [], lines: [], data: { watch: 'ended' } };
}

/** Time without a change after which results are stored, in milliseconds: with 1,000 events it takes 0.2 s, in which no run begins. */
const idleMs = 2_000;

/** Calls `store` when there was no run for a while. @param store With whether the last run was whole. */
function storedWhenIdle(store: (isWhole: boolean) => void) {
  let timer: NodeJS.Timeout | undefined;
  let pending: boolean | undefined;
  const now = () => {
    if (pending !== undefined) store(pending);
    pending = undefined;
  };
  return {
    cancel: () => clearTimeout(timer),
    later: (isWhole: boolean) => {
      pending = isWhole;
      timer = setTimeout(now, idleMs);
    },
    /** At the end: stores what is not stored yet. */
    now: () => {
      clearTimeout(timer);
      now();
    },
  };
}

function watchOutcome(run: Run, settings: Config, started: number): Outcome {
  const { data } = commandResult(run, settings, { isCheck: false, started });
  const { report, changes, events, warnings } = run;
  const written = report.created.length + report.changed.length + report.removed.length;
  const [only] = changes;
  const results = [
    `${events} events`,
    ...(changes.length === 1 && only !== undefined ? [eventLine(only)] : []),
    ...(changes.length > 1 ? [countChanges({ events: changes })] : []),
    written === 0 ? 'up to date' : `${written} files written`,
    ...(warnings.length === 0 ? [] : [`${warnings.length} warnings`]),
  ];
  const lines = [`${clock()} ${results.join('; ')} (${secondsSince(started)} s)`];
  return { exitCode: 0, problems: [], lines, data: { ...data, warnings: warnings.length } };
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
