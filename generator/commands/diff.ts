import type { BuiltModel } from '../build-model.js';
import { countChanges } from '../diff/changes-file.js';
import { type CatalogDiff, compareModels, type EventDiff, isBreaking } from '../diff/compare-models.js';
import { historyFolder, type Release, recordRelease } from '../diff/history.js';
import { comparableOf } from '../diff/model-file.js';
import { type CompatibilityMode, compatibilityModes, directionsOf, isTransitive } from '../diff/modes.js';
import { resolveAgainst } from '../diff/resolve-against.js';
import type { Problem } from '../errors.js';
import { readCatalog, readLocalCatalog } from '../pipeline.js';
import { eventLines } from '../report/changes.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption, outOption } from './command.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags {
  readonly mode?: CompatibilityMode;
  readonly record?: boolean;
}

/** A version, and what is other now. */
interface Compared {
  readonly release: Release;
  readonly diff: CatalogDiff;
}

export const diff: Command<Flags> = {
  name: 'diff',
  summary: 'Tell what changed since another version of the catalog, and whom it breaks.',
  arguments: [
    {
      name: '[against]',
      description: 'a git commit, a catalog.json or an AsyncAPI document (default: the last release, else HEAD)',
    },
  ],
  options: [
    {
      flags: '--mode <mode>',
      description: 'the compatibility asked for (default: backward_transitive)',
      choices: compatibilityModes,
    },
    { flags: '--record', description: 'when nothing is broken, keep this version in the history as a release' },
    catalogOption,
    outOption,
    allowRemoteOption,
  ],
  help: `Each change has a code and is compatible, breaking for consumers, or breaking for producers. Which of them fail:
  backward   events of the old catalog must be valid and readable under the new one: a removed property, a new
             required one, a narrower enum fails. Streams hold old events for 30 days, dead letters for 90.
  forward    events of the new catalog must be valid for services that still run the old one: a wider enum or
             type, a property that became optional or is gone fails.
  full       both.
  …_transitive   against every version of the last 90 days (the history, else git), not against the last alone.
An event may break what it likes when its major version (\`x-event-version\`) rises.

Exit codes: 0 compatible or announced, 1 breaking, 2 wrong usage.

Examples:
  $ hyvve-events diff                                what this working copy changes
  $ hyvve-events diff origin/main --format github    in CI, beside the lines of a pull request
  $ hyvve-events diff v1.2.0 --mode full
  $ hyvve-events diff --record                       at a release`,
  async run(flags, { onStage }, against) {
    const settings = await readSettings(flags);
    const mode = flags.mode ?? settings.compatibility;
    onStage(`reading ${settings.catalog}`);
    const built = await readCatalog(settings);
    const now = new Date();
    onStage(`reading what came before`);
    const history = historyFolder(settings);
    const releases = resolveAgainst({
      ...{ against, catalog: settings.catalog, out: settings.out, history, isTransitive: isTransitive(mode), now },
      mayBeFirst: flags.record === true,
      read: (catalog) => comparableOf(readLocalCatalog({ ...settings, catalog }).model),
    });
    onStage('comparing');
    const model = comparableOf(built.model);
    const compared = releases.map((release) => ({ release, diff: compareModels(release.model, model) }));
    const [last, ...older] = compared.reverse();
    const telling: Telling = { mode, catalog: settings.catalog, built, known: new Set() };
    const broken = [...(last === undefined ? [] : [last]), ...older].flatMap((each) => problemsOf(each, telling));
    const recorded = flags.record === true && broken.length === 0 ? recordRelease(history, model, now) : undefined;
    return {
      exitCode: broken.length === 0 ? 0 : 1,
      problems: broken,
      lines: [
        ...(last === undefined ? [] : linesOf(last, mode)),
        ...(recorded === undefined ? [] : [`recorded${last === undefined ? ' the first version' : ''} as ${recorded}`]),
      ],
      ...(broken.length === 0 ? {} : { complaint: complaintOf(broken.length, mode) }),
      data: {
        mode,
        against: compared.map(({ release: { label } }) => label),
        from: last?.diff.from,
        to: last?.diff.to,
        events: last?.diff.events ?? [],
        ...(recorded === undefined ? {} : { recorded }),
      },
    };
  },
};

function linesOf({ release, diff: { events } }: Compared, mode: CompatibilityMode): string[] {
  const allowed = events.filter(
    (event) => event.impact !== 'compatible' && !isBreaking(event, mode) && !event.isAnnounced,
  );
  return [
    `Since ${release.label}: ${countChanges({ events })}`,
    ...events.flatMap(eventLines),
    ...(allowed.length === 0
      ? []
      : [`${allowed.length} of them break others, which ${mode} does not ask about: see --mode full`]),
  ];
}

/** What a catalog's problems are told with. */
interface Telling {
  readonly mode: CompatibilityMode;
  readonly catalog: string;
  readonly built: BuiltModel;
  /** What was told of a newer version, which is not told again of an older one. */
  readonly known: Set<string>;
}

function problemsOf({ release, diff }: Compared, telling: Telling): Problem[] {
  const { mode, known } = telling;
  const directions = directionsOf(mode);
  const breaking = diff.events.filter((event) => isBreaking(event, mode));
  return breaking.flatMap((event) =>
    event.changes.flatMap(({ code, path, message, breaks, against }) => {
      const key = `${event.type} ${code} ${path} ${message}`;
      if (known.has(key) || !against.some((direction) => directions.includes(direction))) return [];
      known.add(key);
      const what = `${code}${path === undefined ? '' : ` ${path}`}: ${message}`;
      const told = `${event.type}, since ${release.label}: ${what}; breaks ${breaks.join(' and ')}`;
      const problem = { code: 'BREAKING_CHANGE', severity: 'error', ...placeOf(event, telling) } as const;
      return [{ ...problem, message: told, hint: hintOf(event) }];
    }),
  );
}

function placeOf({ type }: EventDiff, { built, catalog }: Telling) {
  const event = built.model.events.find((each) => each.type === type);
  return event === undefined ? { file: catalog, line: 1, column: 1 } : built.placeOf(event.source);
}

function hintOf({ kind, to, from }: EventDiff): string {
  if (kind === 'removed')
    return 'deprecate it and let its entries run out, or raise the major version of the catalog’s `info.version`';
  const major = Number.parseInt(to ?? from ?? '1', 10) + 1;
  return `keep what was there (deprecate it, add beside it), or announce it with \`x-event-version: ${major}.0.0\``;
}

function complaintOf(count: number, mode: CompatibilityMode): string {
  return `\n${count} ${count === 1 ? 'change breaks' : 'changes break'} ${mode} compatibility without a new major version`;
}
