import { resolve } from 'node:path';
import type { Config } from '../config/config.js';
import type { EventChange } from '../diff/change.js';
import { historyFiles, historyFolder } from '../diff/history-files.js';
import { readMemo, writeMemo } from '../output/memo-file.js';
import { cachePlaceOf, findCachedRun, type InputFile, memoPlaceOf, rememberRun } from '../output/run-cache.js';
import { isUpToDate, staleFiles, type WriteReport } from '../output/write-files.js';
import type { GenerateResult } from '../pipeline.js';
import { countChanges, eventLine } from '../report/changes.js';
import { count } from '../report/count.js';
import { readText } from '../source/read-text.js';
import { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';
import type { Outcome } from './command.js';

/** The result of a run: a full run or one from the cache. */
export interface Run {
  readonly events: number;
  readonly domains: number;
  readonly warnings: readonly Problem[];
  readonly report: WriteReport;
  readonly changes: readonly EventChange[];
}

/** The cached run, if neither input nor output nor the generator has changed since; otherwise undefined. */
export async function runCached(settings: Config): Promise<Run | undefined> {
  const { out } = settings;
  const run = findCachedRun(placeOf(settings), out);
  if (run === undefined || (await staleFiles(out, new Set(Object.keys(run.outputs)))).length > 0) return undefined;
  const report = { created: [], changed: [], removed: [], unchanged: Object.keys(run.outputs).length };
  return { ...run, report, changes: [] };
}

export interface RunOptions {
  /** Write no files, only report. Default: false. */
  readonly check?: boolean;
  readonly onStage?: (stage: string) => void;
  /** Whether the run is stored in the cache. Default: true. */
  readonly isRemembered?: boolean;
  /** Results of earlier runs of this process. */
  readonly cache: Cache;
}

/** Reads and checks the catalog, and writes the files that differ. @throws GeneratorError with every problem */
export async function runFull(settings: Config, options: RunOptions): Promise<Run> {
  // Loaded on demand: a cached run does not need it.
  const { generate: runPipeline } = await import('../pipeline.js');
  const result = await runPipeline({ ...settings, ...options });
  const { model, warnings, report, changes } = result;
  // Only this run compared with the previous output: a later run with the same input has no breaking changes.
  const lasting = warnings.filter(({ code }) => code !== 'BREAKING_CHANGE');
  const run = { events: model.events.length, domains: model.domains.length, warnings: lasting };
  if (options.isRemembered !== false && (options.check !== true || isUpToDate(report)))
    remember(result, settings, run, options.cache);
  return { ...run, warnings, report, changes };
}

/** As {@link runFull}, with the results of steps of earlier processes. Stores those of this run, even if the catalog has errors. */
export async function runWithMemo(settings: Config, options: Pick<RunOptions, 'onStage'>): Promise<Run> {
  const place = memoPlaceOf(settings.catalog, settings.out);
  const memo = readMemo(place);
  let isWhole = false;
  try {
    const run = await runFull(settings, { ...options, cache: new Cache(memo) });
    isWhole = true;
    return run;
  } finally {
    writeMemo(place, memo, isWhole);
  }
}

function placeOf(settings: Config) {
  const { file: _file, ...options } = settings;
  const history = historyFiles(historyFolder(settings));
  return cachePlaceOf(settings.catalog, settings.out, { ...options, history });
}

function remember(
  { files, emitted }: GenerateResult,
  settings: Config,
  run: Pick<Run, 'events' | 'domains' | 'warnings'>,
  cache: Cache,
): void {
  const folder = historyFolder(settings);
  const read = [...files, ...historyFiles(folder).map((name) => readInput(resolve(folder, name)))];
  rememberRun(placeOf(settings), { ...run, files: read, outputs: emitted }, cache);
}

function readInput(path: string): InputFile {
  const text = readText(path);
  return { path, text: typeof text === 'string' ? text : '' };
}

export interface OutcomeOptions {
  readonly isCheck: boolean;
  /** By `performance.now()`. */
  readonly started: number;
}

/** The result of a run, as the command prints it. */
export function commandResult(run: Run, { out }: Config, { isCheck, started }: OutcomeOptions): Outcome {
  const { report, changes, events, domains, warnings } = run;
  const { created, changed, removed, unchanged } = report;
  const files = [
    ...created.map((path) => `  + ${out}/${path}`),
    ...changed.map((path) => `  ~ ${out}/${path}`),
    ...removed.map((path) => `  - ${out}/${path}`),
  ];
  const data = { events, domains, out, files: { created, changed, removed, unchanged }, changes };
  const common = { problems: warnings, data };
  if (isCheck && !isUpToDate(report)) {
    const complaint = `${count(files.length, 'file')} in ${out} ${files.length === 1 ? 'is' : 'are'} out of date: run \`hyvve-events generate\``;
    return { ...common, exitCode: 1, lines: files, complaint };
  }
  const result = files.length === 0 ? 'up to date' : `${count(files.length, 'file')} written`;
  const summary = `${count(events, 'event')} in ${count(domains, 'domain')}: ${result} (${secondsSince(started)} s)`;
  return { ...common, exitCode: 0, lines: [...files, ...summaryOf(changes), summary] };
}

const mostLines = 20;

/** The changes of events for people: one line for each, up to {@link mostLines}. */
function summaryOf(changes: readonly EventChange[]): string[] {
  if (changes.length === 0) return [];
  const lines = changes.slice(0, mostLines).map((event) => `  ${eventLine(event)}`);
  const more = changes.length - lines.length;
  return [`Events: ${countChanges({ events: changes })}`, ...lines, ...(more > 0 ? [`  … and ${more} more`] : [])];
}

/** Seconds since a time of `performance.now()`: `0.3`. */
export function secondsSince(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}
