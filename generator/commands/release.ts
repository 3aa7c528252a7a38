import type { Config } from '../config/config.js';
import { loadCatalog } from '../pipeline.js';
import type { RaisedVersion, ReleasePlan } from '../release/plan-release.js';
import type { EditedFile } from '../release/raise-versions.js';
import { countChanges, eventLines } from '../report/changes.js';
import { count } from '../report/count.js';
import type { SourceLocation } from '../source/source-file.js';
import { Cache } from '../support/cache.js';
import { GeneratorError, type Problem } from '../support/errors.js';
import { countProblems } from '../support/problems.js';
import { majorOf } from '../support/versions.js';
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
import { fileLine, type ReadRelease, raisedFiles, readRelease, sectionOf, writeRelease } from './write-release.js';

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
    {
      flags: '--check',
      description:
        'write nothing; exit with 1 if this catalog is not released, such as in CI before the SDK is published',
    },
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

Exit codes: 0 released, or nothing to release; 1 refused, or not released yet with --check; 2 wrong usage.

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
    if (flags.dryRun === true) {
      await checkUnraised(settings, catalog.plan, onStage);
      return dryRunResult(settings, catalog, files);
    }
    const { plan } = catalog;
    const written = isReleased(plan) ? [] : await writeRelease(flags, files, onStage);
    onStage('generating');
    const lines = [...planLines(plan), ...written];
    const data = planData(plan, !isReleased(plan));
    const generated = await generateAfter(await readSettings(flags), onStage);
    const { exitCode, problems, complaint } = generated;
    if (exitCode !== 0) return { exitCode, problems, lines, ...(complaint === undefined ? {} : { complaint }), data };
    const next = isReleased(plan) ? [] : nextSteps(plan);
    return { exitCode, problems, lines: [...lines, ...generated.lines, ...next], data };
  },
};

/** Writes the SDK. The release is recorded at this time: an error here does not undo it. */
async function generateAfter(settings: Config, onStage: (stage: string) => void): Promise<Outcome> {
  const started = performance.now();
  try {
    const run = await runFull(settings, { cache: new Cache(), onStage });
    return commandResult(run, settings, { isCheck: false, started });
  } catch (error) {
    if (!(error instanceof GeneratorError)) throw error;
    const { errors } = countProblems(error.problems);
    const complaint = `\n${count(errors, 'error')}; the release is recorded, but the SDK was not written: run \`hyvve-events generate\` afterwards`;
    return { exitCode: 1, problems: error.problems, lines: [], complaint };
  }
}

/**
 * Checks the catalog as it is written, for a run that does not raise its versions. Not with a new major version: the conversion to it
 * can be checked only when its version is in the catalog.
 * @throws GeneratorError with what the release would refuse
 */
async function checkUnraised(settings: Config, { events }: ReleasePlan, onStage: CommandIo['onStage']): Promise<void> {
  if ([...events.values()].some(({ from, to }) => majorOf(from) !== majorOf(to))) return;
  await loadCatalog({ ...settings, onStage, isThorough: true });
}

function dryRunResult(settings: Config, { plan, model }: ReadRelease, files: readonly EditedFile[]): Outcome {
  const section = sectionOf(settings, plan, model, new Date());
  const lines = isReleased(plan) ? [] : [...files.map(fileLine), '', section];
  return { exitCode: 0, problems: [], lines: [...planLines(plan), ...lines], data: planData(plan) };
}

/** The result of `--check`: whether this catalog is released, and a problem for each version that must rise. */
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
  const unreleased = isReleased(plan) ? '' : `\nthis catalog is not released: run \`hyvve-events release\``;
  return {
    exitCode: unreleased === '' ? 0 : 1,
    problems,
    lines: planLines(plan),
    ...(unreleased === '' ? {} : { complaint: unreleased }),
    data: planData(plan),
  };
}

/** Whether the catalog and the conversions equal the last release. */
function isReleased({ last, bump }: ReleasePlan): boolean {
  return last !== undefined && bump === 'none';
}

function planLines(plan: ReleasePlan): string[] {
  const { last, changes, isConversionOnly } = plan;
  if (last === undefined) return [`${plan.catalog.to}: the first release`];
  if (isReleased(plan)) return [`Nothing to release: no change since ${last.label}`];
  if (isConversionOnly) return [`Since ${last.label}: the written conversions of older data changed`];
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
