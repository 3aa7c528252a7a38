import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuiltModel } from '../build/build-model.js';
import type { Config } from '../config/config.js';
import { type ReleasedSdk, readHistory, recordRelease, releasesInRetention } from '../diff/history.js';
import { historyFolder } from '../diff/history-files.js';
import { comparableOf } from '../diff/model-file.js';
import { isTransitive } from '../diff/modes.js';
import { isVersion, versionProblem } from '../document/event-version.js';
import type { EventModel } from '../model/event-model.js';
import { replaceFile } from '../output/replace-file.js';
import { withFiles } from '../output/with-files.js';
import { loadCatalog, readCatalog } from '../pipeline.js';
import { releaseSection, withSection } from '../release/changelog.js';
import { planRelease, type ReleasePlan, versionsTooLow, withVersions } from '../release/plan-release.js';
import { type EditedFile, raiseVersions } from '../release/raise-versions.js';
import { GeneratorError, type Problem } from '../support/errors.js';
import { readOlderVersions } from '../versions/read-older-versions.js';
import type { CommandIo } from './command.js';
import { readSettings, type SettingFlags } from './settings.js';

/** The catalog, and the plan of its release. */
export interface ReadRelease {
  readonly built: BuiltModel;
  readonly plan: ReleasePlan;
  /** The model with the versions of the release and with its older versions. */
  readonly model: EventModel;
  readonly sdk: ReleasedSdk;
}

/** @throws GeneratorError if the catalog cannot be read, or an older version of an event is not converted */
export async function readRelease(settings: Config): Promise<ReadRelease> {
  const built = await readCatalog(settings);
  const { version } = built.model.catalog;
  if (!isVersion(version)) throw notAVersion(built, settings.catalog, version);
  const history = readHistory(historyFolder(settings));
  const compared = isTransitive(settings.compatibility) ? releasesInRetention(history, new Date()) : history.slice(-1);
  const own = comparableOf(built.model);
  const mode = settings.compatibility;
  const raised = { ...built, model: withVersions(built.model, versionsTooLow(own, compared, mode)) };
  const { model, problems, conversions } = readOlderVersions(raised, { catalog: settings.catalog, releases: history });
  const sdk = { packageVersion: settings.package?.version, conversions };
  const plan = planRelease(own, { releases: compared, mode, sdk });
  if (problems.some(({ severity }) => severity === 'error')) {
    throw new GeneratorError(problems.map((problem) => withRaise(problem, plan)));
  }
  return { built, plan, model, sdk };
}

/** A problem of an event whose version the release raises, with a hint to write the version first. */
function withRaise(problem: Problem, plan: ReleasePlan): Problem {
  const raised = [...plan.events].find(([type]) => problem.message.startsWith(`${type} is `))?.[1];
  if (raised === undefined) return problem;
  return { ...problem, hint: `write \`x-event-version: ${raised.to}\`, then: ${problem.hint}` };
}

/** The files with the raised versions. Nothing is written. @throws GeneratorError `EDIT_IMPOSSIBLE` */
export function raisedFiles(settings: Config, { built, plan }: ReadRelease): EditedFile[] {
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
export async function writeRelease(
  flags: SettingFlags,
  files: readonly EditedFile[],
  onStage: CommandIo['onStage'],
): Promise<string[]> {
  const { settings, release, model } = await withFiles(files, async () => {
    const settings = await readSettings(flags);
    const release = await readRelease(settings);
    refuseOtherVersions(release);
    const { model } = await loadCatalog({ ...settings, onStage, isThorough: true });
    return { settings, release, model };
  });
  const now = new Date();
  const changelog = changelogFile(settings);
  const text = existsSync(changelog) ? readFileSync(changelog, 'utf8') : undefined;
  replaceFile(changelog, withSection(text, sectionOf(settings, release.plan, model, now)));
  const { model: own } = release.built;
  const recorded = recordRelease(historyFolder(settings), comparableOf(own), now, release.sdk);
  return [
    ...files.map(fileLine),
    `  ${text === undefined ? '+' : '~'} ${changelog}`,
    ...(recorded === undefined ? [] : [`  + ${recorded}`]),
  ];
}

/** @throws GeneratorError `EDIT_IMPOSSIBLE` if an event has another version than the one that was written, such as that of a trait */
function refuseOtherVersions({ built, plan }: ReadRelease): void {
  const problems = [...plan.events].map(([type, { from, to }]): Problem => {
    const source = built.model.events.find((event) => event.type === type)?.source ?? { file: '', pointer: '' };
    const message = `${to} was written as the version of ${type}, but it is still ${from}: another place has priority`;
    const hint = `write \`x-event-version: ${to}\` there, such as in a trait of the message`;
    return { code: 'EDIT_IMPOSSIBLE', severity: 'error', ...built.placeOf(source), message, hint };
  });
  if (problems.length > 0) throw new GeneratorError(problems);
}

/** A line for a file that is edited. */
export function fileLine({ file, what }: EditedFile): string {
  return `  ~ ${file}: ${what.join('; ')}`;
}

function changelogFile({ catalog }: Config): string {
  return join(dirname(catalog), 'CHANGELOG.md').replaceAll('\\', '/');
}

/** The section of the changelog. */
export function sectionOf(settings: Config, plan: ReleasePlan, model: EventModel, now: Date): string {
  return releaseSection({ plan, model, date: now.toISOString().slice(0, 10), packageName: settings.package?.name });
}

function notAVersion(built: BuiltModel, catalog: string, version: string): GeneratorError {
  const { message, hint } = versionProblem(version);
  const place = built.placeOf({ file: catalog, pointer: '/info/version' });
  const own = (text: string) => text.replace('x-event-version', 'info.version');
  return new GeneratorError([
    { code: 'VERSION_INVALID', severity: 'error', ...place, message: own(message), hint: own(hint) },
  ]);
}
