import { dirname, resolve } from 'node:path';
import { type Config, configDefaults } from '../config/config.js';
import { findConfigFile } from '../config/config-file.js';
import { countChanges } from '../diff/changes-file.js';
import { historyFolder } from '../diff/history.js';
import { eventLine } from '../report/changes.js';
import { problemsOf } from '../report/problems-of-error.js';
import { readFileStep } from '../source/open-files.js';
import { Cache } from '../support/cache.js';
import { mergeProblems } from '../support/problems.js';
import { upcastersFolder } from '../versions/upcaster-files.js';
import type { CommandIo, Outcome } from './command.js';
import { commandResult, type Run, runFull, secondsSince } from './generate-once.js';
import { readSettings, type SettingFlags } from './settings.js';
import { type WatchTargets, watch } from './watch-files.js';

/** Generates after every change, until the signal is aborted. Problems are printed in full, a run without errors in one line. */
export async function watchAndGenerate(flags: SettingFlags, io: CommandIo): Promise<Outcome> {
  const cache = new Cache();
  const lastGood: { settings: Config } = { settings: configDefaults };
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
    try {
      lastGood.settings = await readSettings(flags);
      const done = await runFull(lastGood.settings, { cache });
      io.onOutcome(watchOutcome(done, lastGood.settings, started));
    } catch (error) {
      const problems = mergeProblems(problemsOf(error));
      const errors = problems.filter(({ severity }) => severity === 'error');
      const count = `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`;
      const lines = [`${clock()} ${count}, nothing written; waiting for a change`];
      io.onOutcome({ exitCode: 1, problems: errors, lines, data: {} });
    }
    return watchTargets();
  };
  lastGood.settings = await readSettings(flags).catch(() => configDefaults);
  await watch({ start: watchTargets(), run, signal: io.signal });
  return { exitCode: 0, problems: [], lines: [], data: { watch: 'ended' } };
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
