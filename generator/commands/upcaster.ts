import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.js';
import { readHistory } from '../diff/history.js';
import { historyFolder } from '../diff/history-files.js';
import type { DomainModel, EventModelEntry, UpcastKind } from '../model/event-model.js';
import { replaceFile } from '../output/replace-file.js';
import { readCatalog } from '../pipeline.js';
import { conversionLines } from '../report/conversions.js';
import { count } from '../report/count.js';
import { editYaml } from '../source/edit-yaml.js';
import { keysOf } from '../source/json-pointer.js';
import { commandError } from '../support/errors.js';
import { majorOf } from '../support/versions.js';
import { readOlderVersions } from '../versions/read-older-versions.js';
import type { StepPlan } from '../versions/step-plan.js';
import { type UpcasterChange, upcasterChanges } from '../versions/write-upcasters.js';
import {
  allowRemoteOption,
  type Command,
  type CommonFlags,
  catalogOption,
  type Outcome,
  outOption,
} from './command.js';
import { findEvent } from './event-source.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags {
  readonly derive?: boolean;
  readonly code?: boolean;
  readonly same?: boolean;
}

export const upcaster: Command<Flags> = {
  name: 'upcaster',
  summary: 'Show how data of older versions of an event is converted, and decide it: derived, written, or the same.',
  arguments: [{ name: '<type>', description: 'the event type, or its key: approval.item.approved, ApprovalApproved' }],
  options: [
    { flags: '--derive', description: 'write `x-upcast: derive` into the catalog: the steps that are shown are right' },
    { flags: '--code', description: 'write `x-upcast: code`, and the start of the function' },
    { flags: '--same', description: 'write `x-upcast: same`: the data means what it did before' },
    catalogOption,
    outOption,
    allowRemoteOption,
  ],
  help: `Without a flag it shows the steps that follow from the schemas. If they are not a complete conversion, it does what --code does.
A derived step never sees that a value means something else now, such as cents instead of euros: read the table first.

The functions are in upcasters/<domain>.ts next to the catalog. Functions that exist are not changed. In a new function,
TODO marks what is left: it does not compile, and \`hyvve-events check\` fails, until the last TODO is gone.

Exit codes: 0 shown or written, 1 refused, 2 wrong usage.

Examples:
  $ hyvve-events upcaster shop.order.placed            show the steps
  $ hyvve-events upcaster shop.order.placed --derive
  $ hyvve-events upcaster shop.order.paid --code       write x-upcast: code, and the start of the function`,
  async run(flags, { onStage }, wanted = '') {
    const settings = await readSettings(flags);
    const chosen = chosenKind(flags);
    onStage(`reading ${settings.catalog}`);
    const built = await readCatalog(settings);
    const event = findEvent(built.model, wanted, 'upcaster');
    const releases = readHistory(historyFolder(settings));
    const { steps } = readOlderVersions(built, { catalog: settings.catalog, releases });
    const own = steps.filter((step) => step.event.type === event.type);
    const present = own.at(-1);
    if (present === undefined) return nothingOlder(event, chosen !== undefined);
    const isDerivable = present.derivation.obstacles.length === 0;
    const needsCode = present.word === 'code' || (present.word === undefined && !isDerivable);
    const kind = chosen ?? (needsCode ? 'code' : undefined);
    const refused = kind === undefined ? [] : whyNot(present, kind);
    const shown = own.flatMap(conversionLines);
    const data = { type: event.type, steps: own.map(dataOf) };
    if (refused.length > 0) {
      const complaint = `\n${event.type}: \`${kind}\` is not possible: ${refused.join('; ')}`;
      return { exitCode: 1, problems: [], lines: shown, complaint, data: { ...data, written: [] } };
    }
    const changes = changesFor({ event, plans: own, kind, settings, domains: built.model.domains });
    for (const { file, text } of changes) {
      if (text === undefined) continue;
      mkdirSync(dirname(file), { recursive: true });
      replaceFile(file, text);
    }
    return outcomeOf(event, { shown, changes, kind, present, data });
  },
};

/** @throws GeneratorError `USAGE` if several are chosen */
function chosenKind(flags: Flags): UpcastKind | undefined {
  const chosen = (['derive', 'code', 'same'] as const).filter((kind) => flags[kind] === true);
  if (chosen.length < 2) return chosen[0];
  const message = `${chosen.map((kind) => `--${kind}`).join(' and ')} cannot be combined`;
  throw commandError('upcaster', { code: 'USAGE', message, hint: 'use one of them' });
}

function nothingOlder({ type, version }: EventModelEntry, isAsked: boolean): Outcome {
  const why = `${type} is ${version}, and no release of an older major version is in the history`;
  const hint = 'raise `x-event-version` to the next major version first';
  const data = { type, steps: [], written: [] };
  if (!isAsked) return { exitCode: 0, problems: [], lines: [`${why}: nothing is converted`, hint], data };
  return { exitCode: 1, problems: [], lines: [], complaint: `${why}; ${hint}`, data };
}

function whyNot({ derivation, whyNotSame }: StepPlan, kind: UpcastKind): readonly string[] {
  if (kind === 'derive') return derivation.obstacles;
  return kind === 'same' ? whyNotSame() : [];
}

interface Wanted {
  readonly event: EventModelEntry;
  readonly plans: readonly StepPlan[];
  /** The word to write. Undefined: only functions of released versions are added. */
  readonly kind: UpcastKind | undefined;
  readonly settings: Config;
  readonly domains: readonly DomainModel[];
}

/** The files that change. @throws GeneratorError `EDIT_IMPOSSIBLE` */
function changesFor({ event, plans, kind, settings: { catalog, out }, domains }: Wanted): UpcasterChange[] {
  const present = plans.at(-1);
  const word = kind === undefined ? [] : wordChange(event, kind, present);
  const written = plans.filter((plan) => (plan === present ? kind === 'code' : plan.kind === 'code'));
  const domain = domains.find(({ name }) => name === event.domain);
  if (written.length === 0 || domain === undefined) return word;
  return [...word, ...upcasterChanges(written, { catalog, out, domain, exists: existsSync })];
}

function wordChange(
  { source: { file, pointer }, version }: EventModelEntry,
  kind: UpcastKind,
  present: StepPlan | undefined,
): UpcasterChange[] {
  const before = readFileSync(file, 'utf8');
  // A word of the version before was released: the new one must name its version.
  const major = String(majorOf(version));
  const namesMajor = present?.version.upcast !== undefined;
  const value = namesMajor ? { [major]: kind } : kind;
  const keys = [...keysOf(pointer), 'x-upcast'];
  const text = editYaml(file, before, { keys, value, after: ['x-event-version', 'name'] });
  const shown = namesMajor ? `{ "${major}": ${kind} }` : kind;
  return text === before ? [] : [{ file, text, what: `x-upcast: ${shown}` }];
}

interface Result {
  readonly shown: readonly string[];
  readonly changes: readonly UpcasterChange[];
  readonly kind: UpcastKind | undefined;
  readonly present: StepPlan;
  readonly data: object;
}

function outcomeOf({ type }: EventModelEntry, { shown, changes, kind, present, data }: Result): Outcome {
  const written = changes.filter(({ text }) => text !== undefined);
  const manual = changes.filter(({ text }) => text === undefined);
  const advice =
    kind === undefined && present.word === undefined
      ? [
          `If these steps are right: hyvve-events upcaster ${type} --derive`,
          `Otherwise:                hyvve-events upcaster ${type} --code`,
        ]
      : [];
  const lines = [
    ...shown,
    ...written.map(({ file, what }) => `  ~ ${file}: ${what}`),
    ...manual.flatMap(({ file, what }) => [`Add this to ${file}:`, what]),
    ...(kind !== undefined && changes.length === 0
      ? ['nothing to write: the catalog and the functions are there']
      : []),
    ...(kind === 'code' && written.length > 0
      ? [`Then \`hyvve-events generate\`, and complete the functions`]
      : advice),
  ];
  const result = { problems: [], lines, data: { ...data, written: written.map(({ file }) => file) } };
  if (manual.length === 0) return { ...result, exitCode: 0 };
  return { ...result, exitCode: 1, complaint: `${count(manual.length, 'file')} could not be changed safely` };
}

/** A step for programs. */
function dataOf({ name, version, next, event, word, kind, derivation, missing }: StepPlan): object {
  const { steps, obstacles, reworded } = derivation;
  return {
    step: name,
    from: version.version,
    to: next?.version ?? event.version,
    word,
    kind,
    steps,
    obstacles,
    reworded,
    missing,
  };
}
