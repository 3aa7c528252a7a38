import { readFileSync } from 'node:fs';
import type { EventModelEntry } from '../model/event-model.js';
import { replaceFile } from '../output/replace-file.js';
import { AdminClient, type AdminFlags } from '../rollout/admin-client.js';
import { type Condition, retireConditions } from '../rollout/retire-conditions.js';
import { editYaml } from '../source/edit-yaml.js';
import { keysOf } from '../source/json-pointer.js';
import { commandError } from '../support/errors.js';
import { majorOf } from '../support/versions.js';
import { adminOptions } from './admin-flags.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption } from './command.js';
import { findEvent } from './event-source.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags, AdminFlags {
  readonly evenSo?: boolean;
  readonly dryRun?: boolean;
}

export const retire: Command<Flags> = {
  name: 'retire',
  summary: 'Retire an older major version of an event, when a running system no longer uses it.',
  arguments: [{ name: '<type@major>', description: 'event type or key, and major version: order.order.placed@1' }],
  options: [
    ...adminOptions,
    { flags: '--even-so', description: 'accept that replays can no longer read entries of this version (condition 5)' },
    { flags: '--dry-run', description: 'check the conditions; write nothing' },
    catalogOption,
    allowRemoteOption,
  ],
  help: `Asks the system for each condition, and prints what holds the version back:
  1  no running process publishes it, and none has for 24 hours
  2  no group has unfinished entries of it
  3  no retry, parked delivery or dead letter of it is left
  5  no entry that only a replay could read is left; --even-so accepts those that are (4 is for outboxes)
What is not known counts as a reason: for a day after an upgrade of the runtime, condition 1 does not hold.
When all conditions hold, it writes \`x-versions: { "1": { retired: <date> } }\` into the catalog. The next \`generate\` drops the
version: types, validator and conversion. An event of it that is still found becomes a dead letter VERSION_RETIRED.

Exit codes: 0 retired, 1 a condition does not hold, or the system cannot be asked, 2 wrong usage.

Examples:
  $ hyvve-events retire order.order.placed@1 --admin https://events.example.com --dry-run
  $ hyvve-events retire OrderPlaced@1 --admin "$ADMIN" --even-so`,
  ifFailed: 'nothing was retired',
  async run(flags, { onStage }, wanted = '') {
    const client = new AdminClient('retire', flags);
    const { loadCatalog } = await import('../pipeline.js');
    const { model, placeOf } = await loadCatalog({ ...(await readSettings(flags)), maxWarnings: undefined, onStage });
    const [name = '', version = ''] = wanted.split('@');
    if (!/^\d{1,9}$/.test(version)) {
      const message = `${JSON.stringify(wanted)} is not a type with a major version`;
      throw commandError('retire', { code: 'USAGE', message, hint: 'write it like order.order.placed@1' });
    }
    const event = findEvent(model, name, 'retire');
    const major = Number(version);
    checkMajor(event, major);
    onStage('asking the admin service');
    const stored = await client.stored(event.type, (scanned, total) => {
      onStage(`counting what is stored: ${scanned} of ${total}`);
    });
    const conditions = retireConditions(stored, major);
    const isHeld = ({ reasons, mayBeAccepted }: Condition) =>
      reasons.length > 0 && !(mayBeAccepted && flags.evenSo === true);
    const held = conditions.filter(isHeld);
    const lines = conditions.flatMap((condition) => linesOf(condition, isHeld(condition)));
    const data = { type: event.type, major, conditions };
    if (held.length > 0) {
      const numbers = held.map(({ number }) => number).join(', ');
      const message = `${event.type}@${major} is still in use: ${held.length === 1 ? `condition ${numbers} does` : `conditions ${numbers} do`} not hold`;
      const hint = hintOf(held);
      const problem = { code: 'RETIRE_REFUSED', severity: 'error', ...placeOf(event.source), message, hint } as const;
      return { exitCode: 1, problems: [problem], lines, data: { ...data, retired: undefined } };
    }
    const retired = new Date().toISOString().slice(0, 10);
    const { file, pointer } = event.source;
    const keys = [...keysOf(pointer), 'x-versions', version, 'retired'];
    const text = editYaml(file, readFileSync(file, 'utf8'), {
      keys,
      value: retired,
      after: ['x-upcast', 'x-event-version', 'description', 'summary', 'title', 'name'],
    });
    if (flags.dryRun === true) {
      lines.push(`${event.type}@${major} can be retired; nothing was written`);
      return { exitCode: 0, problems: [], lines, data: { ...data, retired: undefined } };
    }
    replaceFile(file, text);
    lines.push(`${event.type}@${major} is retired in ${file}: run \`hyvve-events generate\` to drop it from the SDK`);
    return { exitCode: 0, problems: [], lines, data: { ...data, retired, file } };
  },
};

/** @throws GeneratorError `USAGE` unless it is the oldest version that the SDK still reads */
function checkMajor({ type, version, older = [], retired = [] }: EventModelEntry, major: number): void {
  const refuse = (message: string, hint: string) => commandError('retire', { code: 'USAGE', message, hint });
  const known = older.map((each) => `${type}@${each.major}`).join(', ') || 'none';
  if (major === majorOf(version)) {
    throw refuse(`${type}@${major} is the present version`, `older versions that can be retired: ${known}`);
  }
  if (retired.some((each) => each.major === major)) {
    throw refuse(`${type}@${major} is already retired`, `older versions that can be retired: ${known}`);
  }
  if (!older.some((each) => each.major === major)) {
    throw refuse(`the SDK does not read ${type}@${major}`, `older versions that can be retired: ${known}`);
  }
  const [oldest] = older;
  if (oldest !== undefined && oldest.major !== major) {
    throw refuse(`${type}@${oldest.major} is older`, 'retire the oldest version first');
  }
}

function linesOf({ number, title, reasons }: Condition, isHeld: boolean): string[] {
  const mark = reasons.length === 0 ? 'ok      ' : isHeld ? 'no      ' : 'accepted';
  return [`${number}  ${mark}  ${title}`, ...reasons.map((reason) => `               ${reason}`)];
}

function hintOf(held: readonly Condition[]): string {
  if (held.every(({ mayBeAccepted }) => mayBeAccepted)) {
    return 'wait until the retention has removed the entries, or accept with --even-so that replays cannot read them';
  }
  return 'deploy the publishers that are named, let the groups finish, retry or discard dead letters; try again a day after the last publish';
}
