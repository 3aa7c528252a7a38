import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuiltModel } from '../build/build-model.js';
import type { Config } from '../config/config.js';
import { countChanges } from '../diff/changes-file.js';
import { historyFolder, readHistory, recordRelease, releasesInRetention } from '../diff/history.js';
import { comparableOf } from '../diff/model-file.js';
import { isTransitive } from '../diff/modes.js';
import { isVersion, versionProblem } from '../document/event-version.js';
import type { EventModel } from '../model/event-model.js';
import { replaceFile } from '../output/replace-file.js';
import { loadCatalog, readCatalog } from '../pipeline.js';
import { releaseSection, withSection } from '../release/changelog.js';
import { planRelease, type RaisedVersion, type ReleasePlan, withVersions } from '../release/plan-release.js';
import { type EditedFile, raiseVersions } from '../release/raise-versions.js';
import { eventLines } from '../report/changes.js';
import type { SourceLocation } from '../source/source-file.js';
import { Cache } from '../support/cache.js';
import { GeneratorError, type Problem } from '../support/errors.js';
import { readOlderVersions } from '../versions/read-older-versions.js';
import {
  allowRemoteOption,
  type Command,
  type CommandIo,
  type CommonFlags,
  catalogOption,
  type Outcome,
  outOption,
} from './command.js';
import { commandResult, runFull } from './generate-once.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags {
  readonly dryRun?: boolean;
  readonly check?: boolean;
}

export const release: Command<Flags> = {
  name: 'release',
  summary: 'Release the catalog: raise versions, write the changelog, record the version in the history, generate.',
  options: [
    {
      flags: '--dry-run',
      description: 'write nothing; print the versions, the files and the section of the changelog',
    },
    { flags: '--check', description: 'write nothing; exit with 1 if a version must rise first (for CI)' },
    catalogOption,
    outOption,
    allowRemoteOption,
  ],
  help: `Compares the catalog with the last release in the history folder, and raises what is too low:
  x-event-version   of each changed event: major if old data must be converted, minor if consumers may receive
                    something new, patch if only texts changed
  info.version      of the catalog, and package.version of the config, by the greatest change: major if code that uses
                    the SDK may no longer compile, minor if something is new
It refuses an event with a new major version whose older data is not converted (\`hyvve-events upcaster <type>\`).

Files that it writes: the catalog and the config (only the versions), CHANGELOG.md and history/ next to the catalog, the SDK.
If it fails, run it again: it continues with what is missing.

Exit codes: 0 released, or nothing to release; 1 refused, or a version is too low with --check; 2 wrong usage.

Examples:
  $ hyvve-events release --dry-run                   what would be released
  $ hyvve-events release
  $ hyvve-events release --check                     in CI, before the SDK is published`,
  ifFailed: 'nothing was released',
  async run(flags, { onStage }) {
    const settings = await readSettings(flags);
    onStage(`reading ${settings.catalog}`);
    const catalog = await readRelease(settings);
    if (flags.check === true) return checkResult(settings, catalog);
    const files = raisedFiles(settings, catalog);
    if (flags.dryRun === true) return dryRunResult(settings, catalog, files);
    const { plan } = catalog;
    const written = isReleased(plan) ? [] : await writeRelease(flags, files, onStage);
    onStage('generating');
    const started = performance.now();
    const present = await readSettings(flags);
    const run = await runFull(present, { cache: new Cache(), onStage });
    const generated = commandResult(run, present, { isCheck: false, started });
    return {
      exitCode: 0,
      problems: generated.problems,
      lines: [...planLines(plan), ...written, ...generated.lines, ...(isReleased(plan) ? [] : nextSteps(plan))],
      data: planData(plan, !isReleased(plan)),
    };
  },
};

/** The catalog, and the plan of its release. */
interface ReadRelease {
  readonly built: BuiltModel;
  readonly plan: ReleasePlan;
  /** The model with the versions of the release and with its older versions. */
  readonly model: EventModel;
}

/** @throws GeneratorError if the catalog cannot be read, or an older version of an event is not converted */
async function readRelease(settings: Config): Promise<ReadRelease> {
  const built = await readCatalog(settings);
  const { version } = built.model.catalog;
  if (!isVersion(version)) throw notAVersion(built, settings.catalog, version);
  const history = readHistory(historyFolder(settings));
  const compared = isTransitive(settings.compatibility) ? releasesInRetention(history, new Date()) : history.slice(-1);
  const plan = planRelease(comparableOf(built.model), {
    releases: compared,
    mode: settings.compatibility,
    packageVersion: settings.package?.version,
  });
  const raised = { ...built, model: withVersions(built.model, plan.events) };
  const { model, problems } = readOlderVersions(raised, settings);
  if (problems.some(({ severity }) => severity === 'error')) {
    throw new GeneratorError(problems.map((problem) => withRaise(problem, plan)));
  }
  return { built, plan, model };
}

/** A problem of an event whose version the release raises, with a hint to write the version first. */
function withRaise(problem: Problem, plan: ReleasePlan): Problem {
  const raised = [...plan.events].find(([type]) => problem.message.startsWith(`${type} is `))?.[1];
  if (raised === undefined) return problem;
  return { ...problem, hint: `write \`x-event-version: ${raised.to}\`, then: ${problem.hint}` };
}

function raisedFiles(settings: Config, { built, plan }: ReadRelease): EditedFile[] {
  return raiseVersions(plan, {
    catalog: settings.catalog,
    config: settings.package === undefined ? undefined : settings.file,
    events: built.model.events,
  });
}

/**
 * Writes the raised versions, checks the catalog, and then writes changelog and history.
 * @returns One line for each file.
 * @throws GeneratorError if the catalog with the raised versions has an error; its files are then as before
 */
async function writeRelease(
  flags: Flags,
  files: readonly EditedFile[],
  onStage: CommandIo['onStage'],
): Promise<string[]> {
  const before = files.map(({ file }) => ({ file, text: readFileSync(file, 'utf8') }));
  let loaded: EventModel;
  try {
    for (const { file, text } of files) replaceFile(file, text);
    const settings = await readSettings(flags);
    loaded = (await loadCatalog({ ...settings, onStage })).model;
  } catch (error) {
    for (const { file, text } of before) replaceFile(file, text);
    throw error;
  }
  const settings = await readSettings(flags);
  const { built, plan } = await readRelease(settings);
  const now = new Date();
  const changelog = changelogFile(settings);
  const text = existsSync(changelog) ? readFileSync(changelog, 'utf8') : undefined;
  replaceFile(changelog, withSection(text, sectionOf(settings, plan, loaded, now)));
  const recorded = recordRelease(historyFolder(settings), comparableOf(built.model), now, settings.package?.version);
  return [
    ...files.map(fileLine),
    `  ${text === undefined ? '+' : '~'} ${changelog}`,
    ...(recorded === undefined ? [] : [`  + ${recorded}`]),
  ];
}

function changelogFile({ catalog }: Config): string {
  return join(dirname(catalog), 'CHANGELOG.md').replaceAll('\\', '/');
}

function sectionOf(settings: Config, plan: ReleasePlan, model: EventModel, now: Date): string {
  return releaseSection({ plan, model, date: now.toISOString().slice(0, 10), packageName: settings.package?.name });
}

function dryRunResult(settings: Config, { plan, model }: ReadRelease, files: readonly EditedFile[]): Outcome {
  const section = sectionOf(settings, plan, model, new Date());
  const lines = isReleased(plan) ? [] : [...files.map(fileLine), '', section];
  return { exitCode: 0, problems: [], lines: [...planLines(plan), ...lines], data: planData(plan) };
}

/** The result of `--check`: a problem for each version that must rise. */
function checkResult(settings: Config, { built, plan }: ReadRelease): Outcome {
  const { catalog, file } = settings;
  const place = (pointer: string, source = catalog) => built.placeOf({ file: source, pointer });
  const low = (at: SourceLocation, what: string, { from, to }: RaisedVersion): Problem[] => {
    if (from === to) return [];
    const message = `${what} is ${from}, but the changes since ${plan.last?.label} need at least ${to}`;
    return [{ code: 'VERSION_TOO_LOW', severity: 'error', ...at, message, hint: 'run `hyvve-events release`' }];
  };
  const sources = new Map(built.model.events.map(({ type, source }) => [type, source]));
  const problems = [
    ...[...plan.events].flatMap(([type, raised]) =>
      low(place(sources.get(type)?.pointer ?? '', sources.get(type)?.file), type, raised),
    ),
    ...low(place('/info/version'), 'info.version', plan.catalog),
    ...(plan.package === undefined
      ? []
      : low({ file: file ?? catalog, line: 1, column: 1 }, 'package.version', plan.package)),
  ];
  return { exitCode: problems.length === 0 ? 0 : 1, problems, lines: planLines(plan), data: planData(plan) };
}

/** Whether the catalog equals the last release. */
function isReleased({ last, bump }: ReleasePlan): boolean {
  return last !== undefined && bump === 'none';
}

function fileLine({ file, what }: EditedFile): string {
  return `  ~ ${file}: ${what.join('; ')}`;
}

function planLines(plan: ReleasePlan): string[] {
  const { last, changes } = plan;
  if (last === undefined) return [`${plan.catalog.to}: the first release`];
  if (isReleased(plan)) return [`Nothing to release: no change since ${last.label}`];
  return [`Since ${last.label}: ${countChanges({ events: changes })}`, ...changes.flatMap(eventLines)];
}

/** For programs. @param released Whether this run has released the catalog. */
function planData(plan: ReleasePlan, released = false): object {
  const { last, bump, catalog, package: sdk, changes } = plan;
  return { released, since: last?.label, bump, catalog, package: sdk, events: changes };
}

function nextSteps({ catalog, package: sdk }: ReleasePlan): string[] {
  const version = sdk?.to ?? catalog.to;
  return [`Released ${catalog.to}. Commit these files, then tag the commit:`, `  git tag v${version}`];
}

function notAVersion(built: BuiltModel, catalog: string, version: string): GeneratorError {
  const { message, hint } = versionProblem(version);
  const place = built.placeOf({ file: catalog, pointer: '/info/version' });
  const own = (text: string) => text.replace('x-event-version', 'info.version');
  return new GeneratorError([
    { code: 'VERSION_INVALID', severity: 'error', ...place, message: own(message), hint: own(hint) },
  ]);
}
