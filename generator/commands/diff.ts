import { handlerName, publisherName } from '../build/event-names.js';
import type { Config } from '../config/config.js';
import { breakingProblems, lowVersionProblems } from '../diff/breaking-problems.js';
import { type CatalogDiff, type ComparableModel, compareModels, isBreaking } from '../diff/compare-models.js';
import { type Release, readHistory, recordRelease } from '../diff/history.js';
import { historyFolder } from '../diff/history-files.js';
import { comparableOf } from '../diff/model-file.js';
import { type CompatibilityMode, compatibilityModes, isTransitive } from '../diff/modes.js';
import { resolveAgainst } from '../diff/resolve-against.js';
import { replaceFile } from '../output/replace-file.js';
import { readCatalog, readLocalCatalog } from '../pipeline.js';
import { countChanges, eventLines } from '../report/changes.js';
import { count } from '../report/count.js';
import { commandError, type GeneratorError, type Problem } from '../support/errors.js';
import { countProblems } from '../support/problems.js';
import { type Impact, impactOf, questionsOf } from '../usages/impact.js';
import { impactLines, impactMarkdown } from '../usages/impact-text.js';
import { propertySearch } from '../usages/property-uses.js';
import { readOlderVersions } from '../versions/read-older-versions.js';
import { unreleasedMajors } from '../versions/unreleased.js';
import {
  allowRemoteOption,
  type Command,
  type CommandIo,
  type CommonFlags,
  catalogOption,
  outOption,
} from './command.js';
import { readUsages } from './read-usages.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags {
  readonly mode?: CompatibilityMode;
  readonly record?: boolean;
  readonly usages?: boolean;
  /** The file for the comment of a pull request. */
  readonly markdown?: string;
}

/** An earlier version, and the changes since then. */
interface Compared {
  readonly release: Release;
  readonly diff: CatalogDiff;
}

export const diff: Command<Flags> = {
  name: 'diff',
  summary: 'List the changes since another version of the catalog, and whether they break consumers or producers.',
  arguments: [
    {
      name: '[against]',
      description: 'a git commit, a catalog.json or an AsyncAPI document (default: the last release, else HEAD)',
    },
  ],
  options: [
    {
      flags: '--mode <mode>',
      description: 'compatibility mode (default: backward_transitive)',
      choices: compatibilityModes,
    },
    {
      flags: '--usages',
      description: 'list the code of the services that each breaking change concerns; needs ts-morph',
    },
    {
      flags: '--markdown <file>',
      description: 'with --usages: write the list as Markdown, for a comment of a pull request',
    },
    { flags: '--record', description: 'if nothing breaks, record this version as a release in the history folder' },
    catalogOption,
    outOption,
    allowRemoteOption,
  ],
  help: `Each change has a code. It is compatible, or it breaks consumers or producers. The mode decides which changes fail:
  backward   events of the old catalog must be valid and readable under the new one: a removed property, a new
             required one, a narrower enum fails. Streams hold old events for 30 days, dead letters for 90.
  forward    events of the new catalog must be valid for services that still run the old one: a wider enum or
             type, a property that became optional or was removed fails.
  full       both.
  …_transitive   against every version of the last 90 days (from the history, otherwise git), not only the last one.
Breaking changes of an event are allowed when its major version (\`x-event-version\`) rises.

Exit codes: 0 compatible or announced, 1 breaking, 2 wrong usage.

Examples:
  $ hyvve-events diff                                changes of this working copy
  $ hyvve-events diff origin/main --format github    in CI, at the lines of a pull request
  $ hyvve-events diff v1.2.0 --mode full
  $ hyvve-events diff --usages                       which lines of the services break (docs/usages.md)
  $ hyvve-events diff --record                       only stores the version; \`release\` does all of it`,
  async run(flags, { onStage }, against) {
    if (flags.markdown !== undefined && flags.usages !== true) throw markdownAlone();
    const settings = await readSettings(flags);
    const mode = flags.mode ?? settings.compatibility;
    onStage(`reading ${settings.catalog}`);
    const built = await readCatalog(settings);
    const now = new Date();
    onStage('reading earlier versions');
    const history = historyFolder(settings);
    const releases = resolveAgainst({
      against,
      catalog: settings.catalog,
      out: settings.out,
      history,
      isTransitive: isTransitive(mode),
      now,
      mayBeFirst: flags.record === true,
      // A copy of an older version may be in another folder, which has its own root.
      read: (catalog) => comparableOf(readLocalCatalog({ ...settings, catalog, root: undefined }).model),
    });
    onStage('comparing');
    const model = comparableOf(built.model);
    const compared = releases.map((release) => ({ release, diff: compareModels(release.model, model) }));
    const [last, ...older] = compared.reverse();
    const versions = readOlderVersions(built, { catalog: settings.catalog, releases: readHistory(history) });
    const problemsSince = ({ release, diff }: Compared) => {
      const { events } = versions.model;
      const { catalog } = settings;
      const options = {
        mode,
        severity: 'error',
        since: release.label,
        events,
        placeOf: built.placeOf,
        catalog,
      } as const;
      return [
        ...breakingProblems(diff.events, options),
        ...lowVersionProblems(diff.events, options),
        ...unreleasedMajors(release.model, { model: versions.model, placeOf: built.placeOf }),
      ];
    };
    const found = [...(last === undefined ? [] : [last]), ...older].map(problemsSince);
    const problems = withoutDuplicates([...found, versions.problems]);
    const { errors } = countProblems(problems);
    const impact =
      flags.usages === true && last !== undefined ? await readImpact(settings, last, { model, onStage }) : undefined;
    if (impact !== undefined && flags.markdown !== undefined) {
      replaceFile(flags.markdown, impactMarkdown(impact, settings.usages.link));
    }
    const recorded = flags.record === true && errors === 0 ? recordRelease(history, model, now) : undefined;
    return {
      exitCode: errors === 0 ? 0 : 1,
      problems,
      lines: [
        ...(last === undefined ? [] : linesOf(last, mode)),
        ...(impact === undefined ? [] : impactLines(impact)),
        ...(recorded === undefined ? [] : [`recorded${last === undefined ? ' the first version' : ''} as ${recorded}`]),
      ],
      ...(errors === 0 ? {} : { complaint: complaintOf(problems, mode) }),
      data: {
        mode,
        against: compared.map(({ release: { label } }) => label),
        from: last?.diff.from,
        to: last?.diff.to,
        events: last?.diff.events ?? [],
        ...(impact === undefined ? {} : { impact }),
        ...(recorded === undefined ? {} : { recorded }),
      },
    };
  },
};

/** The code that the changes since a version break. */
async function readImpact(
  settings: Config,
  { release, diff: { events } }: Compared,
  { model, onStage }: { readonly model: ComparableModel; readonly onStage: CommandIo['onStage'] },
): Promise<Impact> {
  const names = release.model.events.map(({ type, key, domain }) => ({
    type,
    key,
    domain,
    publisher: publisherName(key),
    handler: handlerName(key),
    reply: false,
  }));
  const payloads = new Map([...release.model.events, ...model.events].map(({ type, payload }) => [type, payload]));
  const search = propertySearch(questionsOf(events, payloads));
  const { found } = await readUsages(settings, 'diff --usages', { earlier: names, onStage, onProgram: search.add });
  return impactOf(events, found, search.results());
}

function markdownAlone(): GeneratorError {
  const message = '--markdown writes the code that breaks, which only --usages finds';
  return commandError('diff', { code: 'USAGE', message, hint: 'add --usages' });
}

function linesOf({ release, diff: { events } }: Compared, mode: CompatibilityMode): string[] {
  const allowed = events.filter(
    (event) => event.impact !== 'compatible' && !isBreaking(event, mode) && !event.isAnnounced,
  );
  return [
    `Since ${release.label}: ${countChanges({ events })}`,
    ...events.flatMap(eventLines),
    ...(allowed.length === 0
      ? []
      : [
          `${allowed.length} of them are breaking in a direction that ${mode} does not check; use --mode full to check both`,
        ]),
  ];
}

/** The problems of each version, the newest first, without duplicates of problems of newer versions. */
function withoutDuplicates(versions: readonly (readonly Problem[])[]): Problem[] {
  const known = new Set<string>();
  return versions.flat().filter(({ file, line, message }) => {
    const key = `${file}:${line} ${message.replace(/, since .*?: /, ': ')}`;
    return !known.has(key) && known.add(key);
  });
}

function complaintOf(problems: readonly Problem[], mode: CompatibilityMode): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.some(({ code }) => code !== 'BREAKING_CHANGE')) return `\n${count(errors.length, 'error')}`;
  const changes = errors.length === 1 ? 'change breaks' : 'changes break';
  return `\n${errors.length} ${changes} ${mode} compatibility without a new major version`;
}
